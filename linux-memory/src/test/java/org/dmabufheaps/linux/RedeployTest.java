// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An update of the bundle, played with class loaders. */
@ExtendWith(NothingLeft.class)
class RedeployTest {
  private static final String PACKAGE = LinuxMemory.class.getPackageName();

  private final PlayedFramework framework = new PlayedFramework();

  /** Uses the service of a new loader, and returns a byte buffer whose view was retired. */
  private ByteBuffer deploy(List<WeakReference<ClassLoader>> loaders) throws Exception {
    try (PlayedFramework.Version bundle = framework.deploy()) {
      loaders.add(new WeakReference<>(bundle));
      DmaBufOps buffer = bundle.memfd(8192);
      assertEquals(bundle, buffer.getClass().getClassLoader());
      View view = buffer.map();
      ByteBuffer stale = view.bytes(0, 8192);
      stale.putInt(0, 1);
      buffer.exportFd().close();
      view.retire();
      buffer.release();
      return stale;
    }
  }

  /** Has a new version do this with a range of physical memory, and says what came of it. */
  private String physical(String name) throws Exception {
    try (PlayedFramework.Version bundle = framework.deploy()) {
      Class<?> found = bundle.loadClass(NativeCalls.class.getName());
      Method find = found.getDeclaredMethod("find");
      find.setAccessible(true);
      Method sys = found.getDeclaredMethod("sys");
      sys.setAccessible(true);
      Class<?> calls = bundle.loadClass(Syscalls.class.getName());
      Method of = bundle.loadClass(Kernel.class.getName()).getDeclaredMethod("of", calls);
      of.setAccessible(true);
      Method get = of.getReturnType().getDeclaredMethod("physical");
      get.setAccessible(true);
      Object ranges = get.invoke(of.invoke(null, sys.invoke(find.invoke(null))));
      Method method = ranges.getClass().getDeclaredMethod(name, long.class, long.class);
      method.setAccessible(true);
      return String.valueOf(method.invoke(ranges, 0x4000_0000L, 8192L));
    }
  }

  @Test
  void memoryThatADeviceMayStillWriteIsKnownToTheNextVersionWhateverBecomesOfTheProperties()
      throws Exception {
    Properties properties = System.getProperties();
    try {
      physical("quarantine");
      properties.store(OutputStream.nullOutputStream(), "all are text");
      System.setProperties((Properties) properties.clone());
      System.getProperties().keySet().removeIf(key -> key.toString().startsWith(PACKAGE));
      assertEquals(List.of(new Range(0, 8192)).toString(), physical("quarantinedOf"));
    } finally {
      System.setProperties(properties);
    }
  }

  @Test
  void nothingKeepsTheClassesOfAFormerVersion() throws Exception {
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    List<ByteBuffer> stale = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      stale.add(deploy(loaders));
    }
    Ends.soon(
        "the end of all class loaders",
        () -> {
          System.gc();
          return loaders.stream().allMatch(loader -> loader.refersTo(null));
        });
    Syscalls sys = TestKernel.real().sys();
    RetiredViews now = TestKernel.with(sys, Replacement.here(), framework.kept()).retired();
    now.poll();
    assertEquals(20, now.count(), "a new version knows what the former ones retired");
    for (ByteBuffer bytes : stale) {
      assertEquals(0, bytes.getInt(0));
    }
    stale.clear();
    Ends.soon(
        "the end of all retired views",
        () -> {
          System.gc();
          now.poll();
          return now.count() == 0;
        });
  }
}
