// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.CmaArea;
import org.dmabufheaps.linux.DeviceNode;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Placement;
import org.dmabufheaps.linux.RegionSource;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.Reservation;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.log.Logger;

/**
 * The real Linux memory, but nodes and huge pages are those that a test sets, and all is made of
 * ordinary pages; and a framework that takes services.
 */
final class FakeMachine {
  static final long PAGE = 2 << 20;

  /** The nodes, with the area of those that are CMA. */
  final Map<String, Optional<CmaArea>> nodes = new TreeMap<>();

  /** By node: what opening it fails with. */
  final Map<String, Errno> gone = new TreeMap<>();

  final List<HugePages> pools = new ArrayList<>();
  final List<String> logged = new ArrayList<>();
  final List<Registered> services = new ArrayList<>();
  final List<String> made = new ArrayList<>();
  volatile boolean asked = true;
  volatile BooleanSupplier fullUntil = () -> true;
  volatile Runnable watcher;
  volatile boolean again;
  private final LinuxMemory real;

  FakeMachine() throws Exception {
    real = LinuxMemory.open();
  }

  /** A service, with its properties as they are now. */
  static final class Registered {
    final Heap heap;
    volatile Dictionary<String, ?> properties;

    Registered(Heap heap, Dictionary<String, ?> properties) {
      this.heap = heap;
      this.properties = properties;
    }

    String name() {
      return (String) properties.get(HeapAllocator.NAME);
    }

    List<String> aliases() {
      return List.of((String[]) properties.get(HeapAllocator.ALIASES));
    }
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  CmaHeaps heaps(LinuxMemory linux) {
    return new CmaHeaps(logger(), linux, (what, bytes) -> Reservation.uncounted(bytes), context());
  }

  LinuxMemory linux() {
    return fake(
        LinuxMemory.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "dmaHeaps" -> List.copyOf(nodes.keySet());
              case "cmaArea" -> area((String) arguments[0]);
              case "probe" -> probe((Path) arguments[0]);
              case "dmaHeap" -> make((String) arguments[0], (AllocationRequest) arguments[1]);
              case "hugePages" -> List.copyOf(pools);
              case "region" -> region((RegionSource.HugePages) arguments[0], arguments[3]);
              case "watchDevices" -> watch((Runnable) arguments[0]);
              default -> {
                try {
                  yield method.invoke(real, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              }
            });
  }

  private Object area(String node) throws HeapException {
    if (!asked) {
      throw new HeapException("opening " + node, Errno.EACCES);
    }
    return nodes.get(node);
  }

  private DeviceNode probe(Path path) {
    boolean there = nodes.containsKey(path.getFileName().toString());
    return new DeviceNode(path, there, there ? "" : "ENOENT: no such node");
  }

  private Object make(String node, AllocationRequest request) throws HeapException {
    if (!fullUntil.getAsBoolean()) {
      throw new HeapException("allocating from " + node, Errno.ENOMEM);
    }
    if (gone.containsKey(node)) {
      throw new HeapException("opening " + node, gone.get(node));
    }
    made.add(node);
    return real.memfd(request);
  }

  @SuppressWarnings("unchecked")
  private Object region(RegionSource.HugePages source, Object report) throws HeapException {
    return real.region(
        RegionSource.memfd(source.bytes()),
        Placement.cma(),
        (what, bytes) -> Reservation.uncounted(bytes),
        (Consumer<String>) report);
  }

  private LinuxMemory.Watch watch(Runnable changed) {
    watcher = changed;
    return new LinuxMemory.Watch() {
      @Override
      public void again() {
        again = true;
      }

      @Override
      public void close() {
        watcher = null;
      }
    };
  }

  /** As the watch does when it looks and was asked to call again. */
  boolean look() {
    boolean asked = again;
    again = false;
    if (asked) {
      watcher.run();
    }
    return asked;
  }

  Logger logger() {
    return fake(
        Logger.class,
        (proxy, method, arguments) -> {
          logged.add(method.getName() + " " + arguments[0]);
          return null;
        });
  }

  @SuppressWarnings("unchecked")
  BundleContext context() {
    return fake(
        BundleContext.class,
        (proxy, method, arguments) -> {
          Registered service =
              new Registered((Heap) arguments[1], (Dictionary<String, ?>) arguments[2]);
          services.add(service);
          return fake(
              ServiceRegistration.class,
              (registration, change, values) -> {
                if (change.getName().equals("unregister")) {
                  services.remove(service);
                } else {
                  service.properties = (Dictionary<String, ?>) values[0];
                }
                return null;
              });
        });
  }
}
