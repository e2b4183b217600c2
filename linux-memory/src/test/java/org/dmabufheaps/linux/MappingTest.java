// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class MappingTest {
  private static final int ENOMEM = Errno.ENOMEM.number();
  private static final int MAP_FIXED = 0x10;

  /** What happens in place of a move, if it returns an error number. */
  private volatile Refusal onMremap = arguments -> 0;

  private final AtomicBoolean noMmap = new AtomicBoolean();
  private final AtomicBoolean noMunmap = new AtomicBoolean();
  private final Kernel kernel =
      TestKernel.with(
          TestKernel.watched(
              (name, arguments) ->
                  switch (name) {
                    case "mmap" -> noMmap.get() ? refuse(arguments) : 0;
                    case "mremap" -> onMremap.refuse(arguments);
                    case "munmap" -> noMunmap.get() ? ENOMEM : 0;
                    default -> 0;
                  }),
          Replacement.BY_MOVE);
  private final LinuxMemory linux = new LinuxMemoryService(kernel);
  private DmaBufOps buffer;

  /** A field, so that it stays reachable until it is set to null. */
  private ByteBuffer kept;

  private interface Refusal {
    int refuse(Object[] arguments);
  }

  /** Refuses as Linux did before 6.12 when memory must be reserved: what was there is unmapped. */
  private static int refuse(Object[] mmap) {
    if (((int) mmap[3] & MAP_FIXED) != 0) {
      TestKernel.real().sys().munmap((long) mmap[0], (long) mmap[1]);
    }
    return ENOMEM;
  }

  @BeforeEach
  void allocate() throws Exception {
    buffer = linux.memfd(new TestRequest(1 << 20));
  }

  @AfterEach
  void release() {
    buffer.release();
  }

  private static long mapped() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"), StandardCharsets.UTF_8)) {
      return maps.filter(line -> line.contains("memfd:")).count();
    }
  }

  private void allGone() throws Exception {
    Ends.soon(
        "the end of all retired views",
        () -> {
          System.gc();
          kernel.tidy();
          return kernel.retired().count() == 0;
        });
  }

  @Test
  void isUnmappedAtOnceWhenNoByteBufferWasHandedOut() throws Exception {
    View view = buffer.map();
    assertEquals(1, mapped());
    view.retire();
    assertEquals(0, mapped());
    assertEquals(0, kernel.retired().count());
    view.retire();
  }

  @Test
  void isReplacedByZerosWhileAByteBufferIsReachable() throws Exception {
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(4096, 8192);
    kept = bytes.slice(4, 16).duplicate().order(ByteOrder.nativeOrder());
    bytes.putInt(4, 42);
    assertEquals(42, kept.getInt(0));
    bytes = null;
    view.retire();
    assertEquals(0, mapped(), "the memory is let go at once");
    for (int i = 0; i < 3; i++) {
      System.gc();
      kernel.tidy();
      assertEquals(1, kernel.retired().count(), "a slice of a slice keeps the mapping");
      assertEquals(0, kept.getInt(0));
    }
    kept.putInt(0, 43);
    View other = buffer.map();
    assertEquals(42, other.bytes(4100, 4).getInt(), "a stale write goes nowhere");
    other.retire();
    kept = null;
    allGone();
  }

  @Test
  void handsOutNothingAfterItWasRetired() throws Exception {
    View view = buffer.map();
    view.retire();
    assertThrows(BufferClosedException.class, () -> view.bytes(0, 1));
  }

  @Test
  void refusesWhatIsNotWithinIt() throws Exception {
    View view = buffer.map();
    long size = buffer.size();
    assertThrows(IndexOutOfBoundsException.class, () -> view.bytes(-1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> view.bytes(0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> view.bytes(size, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> view.bytes(1, (int) size));
    assertThrows(IndexOutOfBoundsException.class, () -> view.bytes(Long.MAX_VALUE, 1));
    assertEquals(0, view.bytes(size, 0).capacity());
    assertEquals(size, view.bytes(0, (int) size).capacity());
    view.retire();
  }

  @Test
  void eachMappingIsRetiredAlone() throws Exception {
    View first = buffer.map();
    View second = buffer.map();
    first.bytes(0, 4).putInt(7);
    first.retire();
    assertEquals(7, second.bytes(0, 4).getInt());
    second.retire();
    allGone();
  }

  @Test
  void staysMappedWhenItCannotBeReplacedAndIsReplacedLater() throws Exception {
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 4096);
    bytes.putInt(0, 42);
    noMmap.set(true);
    view.retire();
    assertEquals(1, mapped(), "never a hole");
    assertEquals(42, bytes.getInt(0));
    noMmap.set(false);
    kernel.tidy();
    assertEquals(0, bytes.getInt(0));
    assertEquals(0, mapped());
    bytes = null;
    allGone();
  }

  @Test
  void aRefusedMoveLeavesTheViewAndIsMadeLater() throws Exception {
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 4096);
    bytes.putInt(0, 42);
    onMremap = arguments -> ENOMEM;
    view.retire();
    assertEquals(42, bytes.getInt(0));
    onMremap = arguments -> 0;
    kernel.tidy();
    assertEquals(0, bytes.getInt(0));
    bytes = null;
    allGone();
  }

  @Test
  void aHoleThatTheKernelLeftIsFilledAtOnce() throws Exception {
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 4096);
    bytes.putInt(0, 42);
    onMremap = arguments -> hole(arguments);
    view.retire();
    assertEquals(0, bytes.getInt(0));
    onMremap = arguments -> 0;
    bytes = null;
    allGone();
  }

  /** Fails half-way. */
  private static int hole(Object[] mremap) {
    TestKernel.real().sys().munmap((long) mremap[4], (long) mremap[2]);
    return ENOMEM;
  }

  @Test
  void whatAnotherMappedIntoAHoleIsNeverTouched() throws Exception {
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 4096);
    Syscalls sys = TestKernel.real().sys();
    long address = sys.address(bytes);
    long size = buffer.size();
    onMremap =
        arguments -> {
          hole(arguments);
          assertEquals(address, Mmap.anonymous(sys, kernel.abi(), address, size, MAP_FIXED));
          return ENOMEM;
        };
    view.retire();
    onMremap = arguments -> 0;
    bytes.putInt(0, 7);
    kernel.tidy();
    assertEquals(7, bytes.getInt(0), "not replaced");
    bytes = null;
    System.gc();
    allGone();
    assertTrue(isMapped(address), "not unmapped");
    assertEquals(0, sys.munmap(address, size));
  }

  private static boolean isMapped(long address) throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"), StandardCharsets.UTF_8)) {
      return maps.map(line -> line.split("[- ]", 3))
          .anyMatch(
              ends ->
                  Long.parseUnsignedLong(ends[0], 16) <= address
                      && address < Long.parseUnsignedLong(ends[1], 16));
    }
  }

  @Test
  void isUnmappedLaterWhenItCannotBeUnmapped() throws Exception {
    View view = buffer.map();
    noMunmap.set(true);
    view.retire();
    assertEquals(1, kernel.retired().count());
    noMunmap.set(false);
    allGone();
    assertEquals(0, mapped());
  }

  @Test
  void whatWasLostStaysReadableAsLongAsAByteBufferIs() throws Exception {
    kept = lostView();
    for (int i = 0; i < 3; i++) {
      System.gc();
      kernel.tidy();
      assertEquals(42, kept.getInt(0));
    }
    kept = null;
    Ends.soon(
        "the end of the mapping",
        () -> {
          System.gc();
          kernel.tidy();
          return mapped() == 0;
        });
  }

  private ByteBuffer lostView() throws Exception {
    ByteBuffer bytes = buffer.map().bytes(0, 4096);
    return bytes.putInt(0, 42);
  }

  @Test
  void windowsReachBeyondTwoGigabytes() throws Exception {
    // A sparse memfd: the address space is what matters here.
    long size = (7L << 30) + 4096;
    Fd fd = Memfd.create(kernel, 4096, "large", Memfd.F_SEAL_SHRINK);
    assertEquals(0, kernel.sys().ftruncate(fd.fd(), size));
    View view = Mapping.of(kernel, fd, size, true, "large memfd");
    long[] offsets = {0, (1L << 31) - 8, (1L << 32) + 16, (5L << 30) + 4088};
    for (long offset : offsets) {
      view.bytes(offset, 8).putLong(offset + 1);
    }
    for (long offset : offsets) {
      assertEquals(offset + 1, view.bytes(offset, 8).getLong());
    }
    ByteBuffer whole = view.bytes(1, Integer.MAX_VALUE);
    assertEquals(Integer.MAX_VALUE, whole.capacity());
    assertEquals((1L << 31) - 7, whole.getLong((int) ((1L << 31) - 8 - 1)));
    ByteBuffer straddling = view.bytes((1L << 32) - 100, Integer.MAX_VALUE - 1);
    assertEquals((1L << 32) + 17, straddling.getLong(116));
    assertTrue(kernel.retired().count() == 0);
    view.retire();
    assertEquals(0, whole.getLong((int) ((1L << 31) - 8 - 1)));
    assertEquals(0, straddling.getLong(116));
    fd.close();
    whole = null;
    straddling = null;
    allGone();
  }
}
