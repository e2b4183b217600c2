// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleReference;
import org.osgi.framework.ServiceReference;

/** An update of the bundle, played with class loaders. */
@ExtendWith(NothingLeft.class)
class RedeployTest {
  private static final String PACKAGE = LinuxMemory.class.getPackageName();

  /** Loads this package anew and everything else from the parent, as a bundle does. */
  private static final class Loader extends URLClassLoader implements BundleReference {
    private final Bundle bundle;

    Loader(Bundle bundle) {
      super(classes(), RedeployTest.class.getClassLoader());
      this.bundle = bundle;
    }

    /** A directory is no multi-release jar, so the part for this Java is named. */
    private static URL[] classes() {
      URL all = LinuxMemory.class.getProtectionDomain().getCodeSource().getLocation();
      try {
        URL java22 = new URL(all, "META-INF/versions/22/");
        return Runtime.version().feature() < 22 ? new URL[] {all} : new URL[] {java22, all};
      } catch (MalformedURLException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public Bundle getBundle() {
      return bundle;
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

  /** A framework's own bundle, which keeps one service, and bundles that reach it. */
  private static final class Framework {
    private final List<Object> services = new ArrayList<>();

    Bundle bundle() {
      return fake(Bundle.class, name -> name.equals("getBundleContext") ? context() : null);
    }

    private BundleContext context() {
      return fake(BundleContext.class, name -> name.equals("getBundle") ? bundle() : null);
    }

    private <T> T fake(Class<T> type, Function<String, Object> answers) {
      InvocationHandler handler =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "getServiceReferences" -> references();
                case "getService" -> services.get(0);
                case "registerService" -> {
                  services.add(arguments[1]);
                  yield null;
                }
                default -> answers.apply(method.getName());
              };
      return type.cast(
          Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private List<?> references() {
      return services.isEmpty() ? List.of() : List.of(fake(ServiceReference.class, name -> null));
    }

    Object[] kept() {
      assertEquals(1, services.size());
      return (Object[]) ((AtomicReference<?>) services.get(0)).get();
    }
  }

  private final Framework framework = new Framework();

  /** Uses the service of a new loader, and returns a byte buffer whose view was retired. */
  private ByteBuffer deploy(List<WeakReference<ClassLoader>> loaders) throws Exception {
    try (Loader bundle = new Loader(framework.bundle())) {
      loaders.add(new WeakReference<>(bundle));
      Class<?> type = bundle.loadClass(LinuxMemoryService.class.getName());
      assertEquals(bundle, type.getClassLoader());
      Method start = type.getDeclaredMethod("start");
      start.setAccessible(true);
      Object service = start.invoke(null);
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

  /** Has a new version do this with a range of physical memory, and says what came of it. */
  private String physical(String name) throws Exception {
    try (Loader bundle = new Loader(framework.bundle())) {
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
