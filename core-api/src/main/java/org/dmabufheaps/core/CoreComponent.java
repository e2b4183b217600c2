// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.LastGood;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Joins core to the framework: follows heaps, the backend and shrinkers as they come and go, and
 * publishes what clients use. It is no service itself, so that clients which it publishes for can
 * never be part of its own activation.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = CoreComponent.PID)
@Designate(ocd = CoreConfig.class)
public final class CoreComponent {
  /** The PID of its configuration. */
  static final String PID = "org.dmabufheaps.core";

  private final Logger log;
  private final BundleContext context;
  private final BoundedCalls calls;
  private final Shrinkers shrinkers;
  private final Admission admission;
  private final Owners owners;
  private final HeapDirectory heaps = new HeapDirectory();
  private final Allocator allocator;
  private final AtomicReference<Backend> backend = new AtomicReference<>(Backend.NONE);
  private final AtomicInteger backendChanges = new AtomicInteger();
  private volatile ServiceRegistration<FdSockets> sockets;
  private final LastGood<Settings> settings;
  private volatile boolean active;
  private ServiceRegistration<HeapRegistry> registry;
  private ServiceRegistration<AllocationService> allocations;
  private ServiceRegistration<MemoryBudget> budget;

  /**
   * Made by Declarative Services.
   *
   * @param log takes leak reports and what heaps do wrong
   * @param context registers the services
   * @param config the configuration, as it is at the start
   */
  @Activate
  public CoreComponent(
      @Reference(service = LoggerFactory.class) Logger log,
      BundleContext context,
      Map<String, Object> config) {
    this.log = log;
    settings = new LastGood<>(PID, log::error, Settings.DEFAULT, Settings::of);
    settings.change(config);
    this.context = context;
    calls = new BoundedCalls(log);
    shrinkers = new Shrinkers(calls, settings);
    admission =
        new Admission(
            () -> backend.get().service().headroom(), settings, () -> shrinkers, System::nanoTime);
    owners = new Owners(settings, calls, log);
    allocator = new Allocator(settings, backend::get, admission, owners, this::doubt, log);
  }

  @Activate
  void activate() {
    context.addBundleListener(owners);
    budget = context.registerService(MemoryBudget.class, new FreshMemory(admission), null);
    registry =
        context.registerService(
            HeapRegistry.class, new Registry(heaps, owners, admission, calls, settings), null);
    allocations =
        context.registerService(
            AllocationService.class,
            perBundle(owner -> new BundleAllocations(allocator, heaps, owner, "")),
            null);
    active = true;
    followBackend();
    heaps.all().forEach(this::refresh);
  }

  @Deactivate
  void deactivate() {
    active = false;
    heaps.all().forEach(PublishedHeap::leave);
    followBackend();
    allocations.unregister();
    owners.stopAll();
    context.removeBundleListener(owners);
    registry.unregister();
    // Last: heaps that set memory aside leave with it.
    budget.unregister();
  }

  @Modified
  void configure(Map<String, Object> config) {
    settings.change(config);
  }

  @Reference(
      service = Heap.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindHeap(ServiceReference<Heap> reference, Heap heap) {
    BoundHeap bound = new BoundHeap(reference, heap, settings);
    PublishedHeap published =
        new PublishedHeap(
            bound, context, perBundle(owner -> new BundleHeapAllocator(allocator, bound, owner)));
    heaps.add(published);
    calls.run(
        "giving heap " + bound.name() + " a callback",
        () -> bound.exporter().ask(() -> watch(bound), null),
        Deadline.inMillis(settings.get().callLimitMillis()));
    refresh(published);
  }

  private Void watch(BoundHeap bound) {
    bound.heap().watch(() -> doubt(bound));
    return null;
  }

  void updatedHeap(ServiceReference<Heap> reference, Heap heap) {
    PublishedHeap published = heaps.get(reference);
    if (published == null) {
      return; // never bound: its activation failed
    }
    HeapProperties now = HeapProperties.of(reference);
    if (published.heap().name().equals(now.name())) {
      published.heap().properties(now);
      refresh(published);
    } else {
      unbindHeap(reference);
      bindHeap(reference, heap);
    }
  }

  void unbindHeap(ServiceReference<Heap> reference) {
    PublishedHeap published = heaps.get(reference);
    if (published == null) {
      return; // never bound: its activation failed
    }
    BoundHeap heap = published.heap();
    published.leave();
    if (heap.exporter().leave(owners::handles, calls, settings.get().callLimitMillis())) {
      heap.forgetAdmitted();
    } else {
      log.error("heap {} left with calls or buffers that are stuck in its code", heap.name());
    }
    heaps.remove(published);
  }

  /** A heap's status may have changed; asked again soon, by another thread. */
  private void doubt(BoundHeap heap) {
    PublishedHeap published = heaps.get(heap.reference());
    if (published != null && published.heap() == heap) {
      calls.start("following heap " + heap.name(), () -> refresh(published));
    }
  }

  private void refresh(PublishedHeap published) {
    if (active && !published.heap().exporter().hasLeft()) {
      published.heap().refresh(calls, settings.get().callLimitMillis(), published::follow);
    }
  }

  @Reference(
      service = MemoryBackend.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindBackend(MemoryBackend service) {
    leave(backend.getAndSet(new Backend(service)));
    admission.look();
    followBackend();
  }

  void unbindBackend(MemoryBackend service) {
    Backend now = backend.get();
    if (now.service() == service && backend.compareAndSet(now, Backend.NONE)) {
      followBackend();
      leave(now);
    }
  }

  private void leave(Backend former) {
    if (former != Backend.NONE) {
      former.imports().leave(owners::handles, calls, settings.get().callLimitMillis());
    }
  }

  /** There are sockets while there is a backend. One thread at a time sees to it. */
  private void followBackend() {
    if (backendChanges.getAndIncrement() > 0) {
      return;
    }
    boolean done = false;
    try {
      int seen;
      do {
        seen = backendChanges.get();
        if (active && backend.get() != Backend.NONE) {
          offerSockets();
        } else if (sockets != null) {
          sockets.unregister();
          sockets = null;
        }
      } while (backendChanges.addAndGet(-seen) > 0);
      done = true;
    } finally {
      if (!done) {
        // Whoever comes next begins anew.
        backendChanges.set(0);
      }
    }
  }

  private void offerSockets() {
    if (sockets == null) {
      sockets =
          context.registerService(
              FdSockets.class, perBundle(owner -> new BundleSockets(backend::get, owner)), null);
    }
  }

  @Reference(
      service = Shrinker.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindShrinker(ServiceReference<Shrinker> reference, Shrinker shrinker) {
    shrinkers.add(reference, shrinker);
  }

  void unbindShrinker(ServiceReference<Shrinker> reference) {
    shrinkers.remove(reference);
  }

  private <T> ServiceFactory<T> perBundle(Function<Owner, T> service) {
    return new ServiceFactory<>() {
      @Override
      public T getService(Bundle bundle, ServiceRegistration<T> registration) {
        return service.apply(owners.of(bundle));
      }

      @Override
      public void ungetService(Bundle bundle, ServiceRegistration<T> registration, T instance) {
        // What the bundle opened stays open until it has stopped.
      }
    };
  }
}
