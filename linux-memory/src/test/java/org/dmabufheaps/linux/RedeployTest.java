// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An update of the bundle, played with class loaders. */
@ExtendWith(NothingLeft.class)
class RedeployTest {
  private static final String PACKAGE = LinuxMemory.class.getPackageName();

  /** Loads this package anew and everything else from the parent, as a bundle does. */
  private static final class Bundle extends URLClassLoader {
    Bundle() {
      super(
          new URL[] {LinuxMemory.class.getProtectionDomain().getCodeSource().getLocation()},
          RedeployTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded == null && name.startsWith(PACKAGE + ".")) {
          loaded = findClass(name);
        }
        return loaded != null ? loaded : super.loadClass(name, resolve);
      }
    }
  }

  /** Uses the service of a new loader, and returns a byte buffer whose view was retired. */
  private static ByteBuffer deploy(List<WeakReference<ClassLoader>> loaders) throws Exception {
    try (Bundle bundle = new Bundle()) {
      loaders.add(new WeakReference<>(bundle));
      Class<?> type = bundle.loadClass(LinuxMemoryService.class.getName());
      assertEquals(bundle, type.getClassLoader());
      Object service = type.getConstructor().newInstance();
      Method memfd = type.getMethod("memfd", AllocationRequest.class);
      DmaBufOps buffer = (DmaBufOps) memfd.invoke(service, new TestRequest(8192));
      View view = buffer.map();
      ByteBuffer stale = view.bytes(0, 8192);
      stale.putInt(0, 1);
      buffer.exportFd().close();
      view.retire();
      buffer.release();
      return stale;
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
    RetiredViews now = TestKernel.real().retired();
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
