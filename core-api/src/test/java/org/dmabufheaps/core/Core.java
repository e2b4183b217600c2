// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.log.Logger;

/** Core whole, on a framework and a system that are fakes. */
final class Core implements AutoCloseable {
  final List<String> logged = new CopyOnWriteArrayList<>();
  final List<Registered> services = new CopyOnWriteArrayList<>();
  final List<SynchronousBundleListener> listeners = new CopyOnWriteArrayList<>();
  final Map<FakeHeap, ServiceReference<Heap>> heaps = Collections.synchronizedMap(new HashMap<>());
  final FakeBackend backend = new FakeBackend();
  final CoreComponent component;

  /** The bundles that are not running. */
  final Set<Long> stopped = ConcurrentHashMap.newKeySet();

  /** What the framework does first when core registers a service. */
  volatile Runnable onRegister = () -> {};

  private long lastId;

  Core() {
    this(new Config());
  }

  Core(Config config) {
    component = new CoreComponent(logger(), context(), config.map());
    component.bindBackend(backend);
    component.activate();
  }

  void configure(Config config) {
    component.configure(config.map());
  }

  /** A service that core registered. */
  record Registered(Class<?> type, Object service, Map<String, Object> properties) {}

  Bundle bundle(long id, String name) {
    return fake(
        Bundle.class,
        (proxy, method, args) ->
            switch (method.getName()) {
              case "getBundleId" -> id;
              case "getSymbolicName" -> name;
              case "getState" -> stopped.contains(id) ? Bundle.RESOLVED : Bundle.ACTIVE;
              case "hashCode" -> (int) id;
              case "equals" -> proxy == args[0];
              case "toString" -> name;
              default -> null;
            });
  }

  FakeHeap heap(String name, Object... properties) {
    return heap(new FakeHeap(), name, 0, properties);
  }

  FakeHeap heap(FakeHeap heap, String name, int ranking, Object... properties) {
    Map<String, Object> all = new HashMap<>();
    all.put("service.ranking", ranking);
    all.put("service.id", ++lastId);
    all.put(HeapAllocator.NAME, name);
    for (int i = 0; i < properties.length; i += 2) {
      all.put((String) properties[i], properties[i + 1]);
    }
    ServiceReference<Heap> reference = reference(all);
    heaps.put(heap, reference);
    component.bindHeap(reference, heap);
    return heap;
  }

  void remove(FakeHeap heap) {
    component.unbindHeap(heaps.remove(heap));
  }

  AllocationService allocations(Bundle bundle) {
    return service(AllocationService.class, bundle);
  }

  HeapAllocator allocator(Bundle bundle, String name) {
    Registered found =
        services.stream()
            .filter(s -> s.type() == HeapAllocator.class)
            .filter(s -> s.properties().get(HeapAllocator.NAME).equals(name))
            .findFirst()
            .orElseThrow();
    return HeapAllocator.class.cast(instance(found, bundle));
  }

  boolean isPublished(String name) {
    return services.stream()
        .anyMatch(
            s ->
                s.type() == HeapAllocator.class
                    && s.properties().get(HeapAllocator.NAME).equals(name));
  }

  HeapRegistry registry() {
    return service(HeapRegistry.class, null);
  }

  HeapInfo info(String heap) {
    return registry().heaps().stream().filter(i -> i.name.equals(heap)).findFirst().orElseThrow();
  }

  <T> T service(Class<T> type, Bundle bundle) {
    Registered found = services.stream().filter(s -> s.type() == type).findFirst().orElseThrow();
    return type.cast(instance(found, bundle));
  }

  @SuppressWarnings("unchecked")
  private static Object instance(Registered registered, Bundle bundle) {
    return registered.service() instanceof ServiceFactory<?> factory
        ? ((ServiceFactory<Object>) factory).getService(bundle, null)
        : registered.service();
  }

  void stopped(Bundle bundle) {
    listeners.forEach(l -> l.bundleChanged(new BundleEvent(BundleEvent.STOPPED, bundle)));
  }

  /** Nothing may be left of what a test did with a heap. */
  void assertNothingLeft(FakeHeap heap) {
    assertEquals(heap.mapped.get(), heap.retired.get(), "each view is retired");
    assertEquals(0, heap.fdsOpen.get(), "each descriptor is closed");
    assertEquals(0, heap.attached.get(), "each device is detached");
    assertEquals(0, registry().buffers().size(), "no handle is open");
    assertEquals(0, registry().budget().takenBytes, "no memory is taken");
  }

  static void await(String what, BooleanSupplier condition) {
    Deadline deadline = Deadline.inMillis(30_000);
    while (!condition.getAsBoolean()) {
      assertTrue(deadline.remainingNanos() > 0, what);
      LockSupport.parkNanos(100_000);
    }
  }

  @Override
  public void close() {
    component.deactivate();
    List.copyOf(heaps.keySet()).forEach(this::remove);
    component.unbindBackend(backend);
    assertEquals(List.of(), services, "each service is withdrawn");
    assertEquals(List.of(), listeners, "no listener stays");
    await("core's threads end", () -> threads().isEmpty());
  }

  static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("dmabuf-"))
        .toList();
  }

  private BundleContext context() {
    return fake(
        BundleContext.class,
        (proxy, method, args) -> {
          switch (method.getName()) {
            case "registerService" -> {
              return register((Class<?>) args[0], args[1], (Dictionary<?, ?>) args[2]);
            }
            case "addBundleListener" -> listeners.add((SynchronousBundleListener) args[0]);
            case "removeBundleListener" -> listeners.remove(args[0]);
            default -> throw new AssertionError("core called " + method);
          }
          return null;
        });
  }

  private ServiceRegistration<?> register(Class<?> type, Object service, Dictionary<?, ?> given) {
    onRegister.run();
    Registered[] registered = {new Registered(type, service, copy(given))};
    services.add(registered[0]);
    return fake(
        ServiceRegistration.class,
        (proxy, method, args) -> {
          if (!services.remove(registered[0])) {
            throw new IllegalStateException("not registered");
          }
          if (method.getName().equals("setProperties")) {
            registered[0] = new Registered(type, service, copy((Dictionary<?, ?>) args[0]));
            services.add(registered[0]);
          }
          return null;
        });
  }

  private static Map<String, Object> copy(Dictionary<?, ?> given) {
    Map<String, Object> copy = new HashMap<>();
    if (given != null) {
      Collections.list(given.keys()).forEach(key -> copy.put((String) key, given.get(key)));
    }
    return copy;
  }

  /** Registers a shrinker with a service ranking. */
  ServiceReference<Shrinker> shrinker(int ranking, Shrinker shrinker) {
    ServiceReference<Shrinker> reference =
        reference(Map.of("service.ranking", ranking, "service.id", ++lastId));
    component.bindShrinker(reference, shrinker);
    return reference;
  }

  @SuppressWarnings("unchecked")
  private <T> ServiceReference<T> reference(Map<String, Object> properties) {
    return fake(
        ServiceReference.class,
        (proxy, method, args) ->
            switch (method.getName()) {
              case "getProperty" -> properties.get((String) args[0]);
              case "getPropertyKeys" -> properties.keySet().toArray(String[]::new);
              case "getBundle" -> bundle(7, "org.example.heap");
              case "compareTo" -> compare(properties, (ServiceReference<?>) args[0]);
              case "hashCode" -> properties.get("service.id").hashCode();
              case "equals" -> proxy == args[0];
              default -> properties.toString();
            });
  }

  private static int compare(Map<String, Object> mine, ServiceReference<?> other) {
    int byRanking =
        Integer.compare(
            (Integer) mine.get("service.ranking"), (Integer) other.getProperty("service.ranking"));
    return byRanking != 0
        ? byRanking
        : Long.compare((Long) other.getProperty("service.id"), (Long) mine.get("service.id"));
  }

  private Logger logger() {
    return fake(
        Logger.class,
        (proxy, method, args) -> {
          List<Object> parts = new ArrayList<>();
          for (Object arg : args) {
            if (arg instanceof Object[] array) {
              parts.addAll(Arrays.asList(array));
            } else {
              parts.add(arg);
            }
          }
          logged.add(method.getName() + " " + parts);
          return null;
        });
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** A machine with as much memory as a test says. */
  static final class FakeBackend implements MemoryBackend {
    volatile Headroom headroom = new Headroom(1L << 34, 1L << 33);
    volatile boolean connecting;
    final FakeHeap imports = new FakeHeap();

    @Override
    public long pageSize() {
      return 4096;
    }

    @Override
    public Headroom headroom() {
      return headroom;
    }

    @Override
    public DmaBufOps importFd(int fd, MemoryBudget budget) {
      return imports.new FakeOps(8192, () -> {});
    }

    @Override
    public FdSocket connect(Path path, BooleanSupplier wanted) throws HeapException {
      connecting = true;
      while (wanted.getAsBoolean()) {
        Thread.onSpinWait();
      }
      throw new HeapException("connecting to " + path, "ECANCELED", 125);
    }

    @Override
    public FdListener listen(Path path) {
      throw new UnsupportedOperationException();
    }
  }

  /** The defaults of core's configuration, to be changed by a test. */
  static final class Config {
    long total;
    long reserve;
    long heap;
    long bundle;
    long account;
    String[] quotas = {};
    long limitMillis = 60_000;
    boolean stacks;

    Map<String, Object> map() {
      return Map.of(
          "total.max.bytes", total,
          "reserve.bytes", reserve,
          "heap.max.bytes", heap,
          "bundle.max.bytes", bundle,
          "account.max.bytes", account,
          "quotas", quotas,
          "call.limit.millis", limitMillis,
          "leak.stacks", stacks);
    }
  }
}
