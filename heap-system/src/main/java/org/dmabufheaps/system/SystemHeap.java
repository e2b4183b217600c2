// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Recycler;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DeferredFree;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.DmaHeap;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;
import org.dmabufheaps.spi.LastGood;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.PagePool;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
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
 * The system heap: ordinary pages, of the best backing that this machine has. What {@code
 * drivers/dma-buf/heaps/system_heap.c} is in the kernel.
 *
 * <p>Buffers are {@code linux-memory}'s own. They do not know the heap, so a change of its
 * configuration or of the device nodes touches none of them.
 */
@Component(service = Heap.class, configurationPid = SystemHeap.PID)
@Designate(ocd = SystemHeapConfig.class)
@DmaHeap(name = "system")
public final class SystemHeap implements Heap {
  /** The PID of its configuration. */
  static final String PID = "org.dmabufheaps.heap.system";

  /** A choice, and the when-th it was: one that was begun earlier never takes its place. */
  private record Turn(long number, Choice choice) {}

  private final LinuxMemory linux;
  private final Recycler recycler;
  private final OwnInstances<PagePool> pools;
  private final OwnInstances<DeferredFree> freelists;
  private final LastGood<Settings> settings;
  private final AtomicLong turns = new AtomicLong();
  private final AtomicReference<Turn> chosen = new AtomicReference<>(new Turn(0, Choice.NONE));
  private volatile Runnable statusChanged = () -> {};
  private LinuxMemory.Watch watch;

  /**
   * Made by Declarative Services.
   *
   * @param log told of a configuration that was refused
   * @param linux makes the buffers
   * @param budget admits what a pool takes in advance
   * @param context makes the heap's own pool and freelist
   */
  @Activate
  public SystemHeap(
      @Reference(service = LoggerFactory.class) Logger log,
      @Reference LinuxMemory linux,
      @Reference MemoryBudget budget,
      BundleContext context) {
    pools = new OwnInstances<>(context);
    freelists = new OwnInstances<>(context);
    settings = new LastGood<>(PID, log::error, Settings.DEFAULT, Settings::of);
    this.linux = linux;
    recycler = linux.recycler("system", budget, request -> fresh(Choice.NONE, request));
  }

  @Reference(
      service = PagePool.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY,
      scope = ReferenceScope.PROTOTYPE_REQUIRED)
  void bindPool(ServiceReference<PagePool> pool) {
    pools.make(pool, recycler::bind);
  }

  void unbindPool(ServiceReference<PagePool> pool) {
    pools.giveBack(pool, recycler::unbind);
  }

  @Reference(
      service = DeferredFree.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY,
      scope = ReferenceScope.PROTOTYPE_REQUIRED)
  void bindFreelist(ServiceReference<DeferredFree> freelist) {
    freelists.make(freelist, recycler::bind);
  }

  void unbindFreelist(ServiceReference<DeferredFree> freelist) {
    freelists.giveBack(freelist, recycler::unbind);
  }

  @Activate
  void activate(Map<String, Object> config) {
    configure(config);
    watch = linux.watchDevices(() -> statusChanged.run());
  }

  @Modified
  void modified(Map<String, Object> config) {
    configure(config);
    statusChanged.run();
  }

  @Deactivate
  void deactivate() {
    watch.close();
    recycler.close();
  }

  private void configure(Map<String, Object> config) {
    settings.change(config);
    choose();
  }

  /** Memory of the former backing, if it was another, is not handed out any more. */
  private void choose() {
    long number = turns.incrementAndGet();
    Turn now = new Turn(number, Choice.of(linux, settings.get()));
    Turn former = chosen.getAndUpdate(last -> last.number < number ? now : last);
    if (former.number < number && !now.choice.isSameMemory(former.choice)) {
      recycler.fresh(request -> fresh(chosen.get().choice, request));
    }
  }

  @Override
  public void watch(Runnable changed) {
    statusChanged = changed;
  }

  @Override
  public HeapStatus status() {
    choose();
    return chosen.get().choice.status(settings.refused());
  }

  @Override
  public HeapUsage usage() {
    return recycler.usage();
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    Choice now = chosen.get().choice;
    if (request.size() > now.maxBytes()) {
      throw new HeapException(
          "allocating " + request.size() + " bytes from heap system, " + now.limit(), Errno.EINVAL);
    }
    if (now.backing().isEmpty()) {
      throw unusable(now);
    }
    return recycler.allocate(request);
  }

  private DmaBufOps fresh(Choice now, AllocationRequest request) throws HeapException {
    return switch (now.backing().orElseThrow(() -> unusable(now))) {
      case DMA_HEAP -> linux.dmaHeap(now.settings().node(), request);
      case UDMABUF -> linux.udmabuf(request);
      case MEMFD -> linux.memfd(request);
    };
  }

  private static HeapException unusable(Choice now) {
    return new HeapException(
        "allocating from heap system, which has no backing: " + now.reason(), Errno.ENODEV);
  }
}
