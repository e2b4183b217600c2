// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dmabufheaps.Errno;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class NativeCallsTest {
  private static final boolean JAVA_22 = Runtime.version().feature() >= 22;
  private static final String FOREIGN = "org.dmabufheaps.linux.ForeignSyscalls";

  /** Has this package anew, but for the calls by java.lang.foreign. */
  private static final class Without extends URLClassLoader {
    private final Throwable thrown;

    Without(Throwable thrown) {
      super(
          new URL[] {NativeCalls.class.getProtectionDomain().getCodeSource().getLocation()},
          NativeCallsTest.class.getClassLoader());
      this.thrown = thrown;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.equals(FOREIGN)) {
        if (thrown instanceof Error error) {
          throw error;
        }
        throw new ClassNotFoundException(name);
      }
      Class<?> loaded = findLoadedClass(name);
      if (loaded == null && name.startsWith(NativeCalls.class.getPackageName() + ".")) {
        loaded = findClass(name);
      }
      return loaded != null ? loaded : super.loadClass(name, resolve);
    }

    String found() throws Exception {
      Class<?> type = loadClass(NativeCalls.class.getName());
      assertNotSame(NativeCalls.class, type);
      Method find = type.getDeclaredMethod("find");
      find.setAccessible(true);
      return find.invoke(null).toString();
    }
  }

  @Test
  void javaLangForeignIsUsedWhereJavaHasIt() throws Exception {
    NativeCalls found = NativeCalls.find();
    assertEquals(JAVA_22 ? "java.lang.foreign" : "jna", found.toString());
    assertEquals(JAVA_22 ? FOREIGN : JnaSyscalls.class.getName(), found.sys().getClass().getName());
  }

  @Test
  void aPropertyAsksForJna() throws Exception {
    System.setProperty(NativeCalls.PROPERTY, "jna");
    try {
      NativeCalls found = NativeCalls.find();
      assertEquals(JnaSyscalls.class, found.sys().getClass());
      assertEquals(
          "jna, since the system property " + NativeCalls.PROPERTY + " says so", "" + found);
    } finally {
      System.clearProperty(NativeCalls.PROPERTY);
    }
  }

  @Test
  void jnaStandsInForWhatCanNotBeLoadedAndTheReasonIsTold() throws Exception {
    try (Without broken = new Without(new NoClassDefFoundError("broken"))) {
      String expected = "jna, since java.lang.foreign can't be used: ";
      assertEquals(expected + "java.lang.NoClassDefFoundError: broken", broken.found());
    }
    try (Without leftOut = new Without(null)) {
      String late = "jna, since this build was made without a JDK 22 or later";
      assertEquals(JAVA_22 ? late : "jna", leftOut.found());
    }
  }

  @Test
  void aThreadGetsTheErrorOfItsOwnCall() throws Exception {
    Syscalls sys = TestKernel.real().sys();
    ByteBuffer nowhere = Call.string("/nowhere/at/all");
    ByteBuffer notADirectory = Call.string("/proc/self/status/x");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> ended = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        boolean even = thread % 2 == 0;
        int errno = (even ? Errno.ENOENT : Errno.ENOTDIR).number();
        ended.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 100_000; i++) {
                    assertEquals(-errno, sys.open(even ? nowhere : notADirectory, 0));
                    assertEquals(-Errno.EBADF.number(), sys.lseek(-1, 0, 0));
                  }
                }));
      }
      for (Future<?> future : ended) {
        future.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  /** Java 22's memory segments are of no type that this test could name. */
  private static Object segment(ByteBuffer buffer) throws Exception {
    Class<?> type = Class.forName("java.lang.foreign.MemorySegment");
    return type.getMethod("ofBuffer", Buffer.class).invoke(null, buffer);
  }

  @Test
  void aMemorySegmentOfAViewKeepsItsMemoryThoughNoByteBufferIsLeft() throws Exception {
    assumeTrue(JAVA_22, "memory segments came with Java 22");
    Kernel kernel = TestKernel.real();
    long before = kernel.retired().count();
    DmaBufOps buffer = TestKernel.linux().memfd(new TestRequest(4096));
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(16, 100);
    WeakReference<ByteBuffer> watched = new WeakReference<>(bytes);
    Object segment = segment(bytes);
    bytes = null;
    view.retire();
    buffer.release();
    try {
      for (int i = 0; i < 10; i++) {
        System.gc();
        kernel.retired().poll();
      }
      assertEquals(before + 1, kernel.retired().count(), "gone: " + watched.refersTo(null));
    } finally {
      Reference.reachabilityFence(segment);
    }
  }

  @Test
  void aByteBufferIsInTheOrderOfTheMachineAndHasItsAddressWhateverItsPosition() throws Exception {
    Syscalls sys = TestKernel.real().sys();
    ByteBuffer memory = Call.struct(64);
    long address = sys.address(memory);
    assertEquals(address, sys.address(memory.duplicate().position(8)));
    ByteBuffer same = sys.buffer(address, 64);
    same.putLong(8, 0x1122334455667788L);
    assertEquals(0x1122334455667788L, memory.getLong(8));
    assertEquals(64, same.capacity());
    assertFalse(same.isReadOnly());
    assertTrue(same.isDirect());
  }
}
