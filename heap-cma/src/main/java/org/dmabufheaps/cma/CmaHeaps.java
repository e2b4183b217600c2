// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.LastGood;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.PagePool;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.annotations.ReferenceScope;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * The CMA heaps: one service for each area that the kernel offers, while it does, as {@code
 * drivers/dma-buf/heaps/cma_heap.c} has one device for each; where it offers none, one of a region.
 *
 * <p>A region that was taken stays while this component is active, also when an area appears: a
 * buffer is not taken from its client for that. The area's heap has the higher ranking.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = CmaHeaps.PID)
@Designate(ocd = CmaHeapsConfig.class)
public final class CmaHeaps {
  /** The PID of their configuration. */
  static final String PID = "org.dmabufheaps.heap.cma";

  private static final int OF_THE_KERNEL = 1;
  private static final int OF_A_REGION = 0;

  private final LinuxMemory linux;
  private final MemoryBudget budget;
  private final BundleContext context;
  private final Nodes nodes;
  private final RegionHeap fallback;
  private final AtomicInteger changes = new AtomicInteger();
  private final LastGood<Settings> settings;
  private volatile ComponentServiceObjects<PagePool> pools;
  private volatile boolean active;
  private volatile LinuxMemory.Watch watch;

  // Used by the one thread that is following.
  private final Map<String, Published> published = new TreeMap<>();
  private ServiceRegistration<Heap> region;
  private Settings ofRegion = Settings.DEFAULT;

  /** A heap of an area. */
  private record Published(Area area, NodeHeap heap, ServiceRegistration<Heap> registration) {}

  /**
   * Made by Declarative Services.
   *
   * @param log told of a configuration that was refused, and of quarantined memory
   * @param linux makes the buffers
   * @param budget admits what a pool takes in advance
   * @param context registers the heaps
   */
  @Activate
  public CmaHeaps(
      @Reference(service = LoggerFactory.class) Logger log,
      @Reference LinuxMemory linux,
      @Reference MemoryBudget budget,
      BundleContext context) {
    settings = new LastGood<>(PID, log::error, Settings.DEFAULT, Settings::of);
    this.linux = linux;
    this.budget = budget;
    this.context = context;
    nodes = new Nodes(linux);
    fallback = new RegionHeap(linux, log);
  }

  @Reference(
      service = PagePool.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY,
      scope = ReferenceScope.PROTOTYPE_REQUIRED)
  void bindPools(ComponentServiceObjects<PagePool> now) {
    pools = now;
    follow();
  }

  void unbindPools(ComponentServiceObjects<PagePool> gone) {
    if (pools == gone) {
      pools = null;
      follow();
    }
  }

  @Activate
  void activate(Map<String, Object> config) {
    active = true;
    modified(config);
    watch = linux.watchDevices(this::follow);
    askAgain();
  }

  /** What nobody can tell now may be told soon. */
  private void askAgain() {
    LinuxMemory.Watch now = watch;
    if (now != null && nodes.asksAgain()) {
      now.again();
    }
  }

  @Modified
  void modified(Map<String, Object> config) {
    settings.change(config);
    follow();
  }

  @Deactivate
  void deactivate() {
    active = false;
    watch.close();
    follow();
  }

  /** Makes the services what they should be. One thread at a time sees to it. */
  private void follow() {
    if (changes.getAndIncrement() > 0) {
      return;
    }
    boolean done = false;
    try {
      int seen;
      do {
        seen = changes.get();
        followNodes(active ? Area.group(nodes.look(settings.get().nodes())) : List.of());
        followRegion();
      } while (changes.addAndGet(-seen) > 0);
      done = true;
      askAgain();
    } finally {
      if (!done) {
        // Whoever comes next begins anew.
        changes.set(0);
      }
    }
  }

  private void followNodes(List<Area> areas) {
    areas.forEach(this::recognize);
    List<String> keys = areas.stream().map(Area::key).toList();
    List.copyOf(published.keySet()).stream()
        .filter(key -> !keys.contains(key))
        .map(published::remove)
        .forEach(CmaHeaps::withdraw);
    areas.forEach(area -> published.compute(area.key(), (key, now) -> follow(area, now)));
  }

  /**
   * A heap that was known by its node's name only stays, with its buffers, when its area is told.
   */
  private void recognize(Area area) {
    Published guessed = published.get(Area.GUESSED);
    boolean isIt =
        guessed != null
            && !published.containsKey(area.key())
            && guessed.area().nodes().stream().anyMatch(area.nodes()::contains);
    if (isIt) {
      published.remove(Area.GUESSED);
      published.put(area.key(), guessed);
    }
  }

  private static void withdraw(Published gone) {
    gone.registration().unregister();
    gone.heap().close();
  }

  /** Buffers stay when nodes of an area come or go, and one is left. */
  private Published follow(Area area, Published now) {
    if (now == null) {
      NodeHeap heap = new NodeHeap(linux, budget, area);
      heap.pooledBy(pools);
      return new Published(
          area, heap, context.registerService(Heap.class, heap, properties(area, OF_THE_KERNEL)));
    }
    if (!now.area().equals(area)) {
      now.registration().setProperties(properties(area, OF_THE_KERNEL));
    }
    now.heap().pooledBy(pools);
    now.heap().changed(area, settings.refused());
    return new Published(area, now.heap(), now.registration());
  }

  /** There is a region, or the reason why there is none, while the kernel offers nothing. */
  private void followRegion() {
    if (!active || (region != null && !published.isEmpty() && !fallback.isOpen())) {
      withdrawRegion();
      return;
    }
    if (region == null && !published.isEmpty()) {
      return;
    }
    Settings now = settings.get();
    if (!now.sameRegion(ofRegion)) {
      fallback.close();
      ofRegion = now;
    }
    fallback.open(now);
    if (region == null) {
      region = context.registerService(Heap.class, fallback, properties(Area.NONE, OF_A_REGION));
    }
    fallback.changed(settings.refused());
  }

  private void withdrawRegion() {
    if (region != null) {
      region.unregister();
      region = null;
    }
    fallback.close();
  }

  private static Dictionary<String, Object> properties(Area area, int ranking) {
    return FrameworkUtil.asDictionary(
        Map.of(
            HeapAllocator.NAME,
            area.name(),
            HeapAllocator.ALIASES,
            area.aliases().toArray(new String[0]),
            HeapAllocator.CONTIGUOUS,
            true,
            Constants.SERVICE_RANKING,
            ranking));
  }
}
