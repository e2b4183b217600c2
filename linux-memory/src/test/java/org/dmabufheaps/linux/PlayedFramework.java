// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleReference;
import org.osgi.framework.ServiceReference;

/** A framework's own bundle, which keeps one service, and versions of our bundle that reach it. */
final class PlayedFramework {
  private static final String PACKAGE = LinuxMemory.class.getPackageName();

  /** A version of the bundle: loads this package anew and everything else from the parent. */
  static final class Version extends URLClassLoader implements BundleReference {
    private final Bundle bundle;
    private Object service;

    private Version(Bundle bundle) {
      super(classes(), PlayedFramework.class.getClassLoader());
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

    /** Has its service make a memfd. */
    DmaBufOps memfd(long size) throws Exception {
      Class<?> type = loadClass(LinuxMemoryService.class.getName());
      if (service == null) {
        Method start = type.getDeclaredMethod("start");
        start.setAccessible(true);
        service = start.invoke(null);
      }
      Method memfd = type.getMethod("memfd", AllocationRequest.class);
      try {
        return (DmaBufOps) memfd.invoke(service, new TestRequest(size));
      } catch (InvocationTargetException e) {
        throw e.getCause() instanceof HeapException refusal ? refusal : e;
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

  private final List<Object> services = new ArrayList<>();

  /** Returns a new version, which has begun nothing. */
  Version deploy() {
    return new Version(bundle());
  }

  private Bundle bundle() {
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
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private List<?> references() {
    return services.isEmpty() ? List.of() : List.of(fake(ServiceReference.class, name -> null));
  }

  /** What outlives the versions. */
  Object[] kept() {
    return (Object[]) ((AtomicReference<?>) services.get(0)).get();
  }
}
