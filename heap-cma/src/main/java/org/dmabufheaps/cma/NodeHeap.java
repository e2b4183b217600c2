// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.DeviceNode;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Recycler;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.PagePool;
import org.osgi.service.component.ComponentServiceObjects;

/**
 * The heap of an area that the kernel has a node for.
 *
 * <p>With a page pool its memory is used again; it is cleared by whoever frees it, since an area is
 * bounded, and what is freed late stands in the way of what is wanted now.
 */
final class NodeHeap implements Heap, AutoCloseable {
  /** Errors after which another node of the area may do. */
  private static final Set<Errno> NOT_THERE =
      EnumSet.of(Errno.ENOENT, Errno.EACCES, Errno.ENODEV, Errno.ENXIO);

  private final LinuxMemory linux;
  private final Recycler recycler;
  private volatile Area area;
  private volatile String refused = "";
  private volatile Runnable statusChanged = () -> {};

  /** Used by the thread that is following, as the next. */
  private ComponentServiceObjects<PagePool> pools;

  private PagePool pool;

  NodeHeap(LinuxMemory linux, MemoryBudget budget, Area area) {
    this.linux = linux;
    this.area = area;
    recycler = linux.recycler(area.name(), budget, this::fresh);
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    Area now = area;
    if (now.bytes() > 0 && request.size() > now.bytes()) {
      throw new HeapException(
          "allocating "
              + request.size()
              + " bytes from heap "
              + now.name()
              + ", limit "
              + now.bytes()
              + ", the size of its area",
          Errno.EINVAL);
    }
    return recycler.allocate(request);
  }

  private DmaBufOps fresh(AllocationRequest request) throws HeapException {
    HeapException first = null;
    for (String node : area.nodes()) {
      try {
        return linux.dmaHeap(node, request);
      } catch (HeapException e) {
        if (NOT_THERE.stream().noneMatch(errno -> errno.is(e))) {
          throw e;
        }
        first = first == null ? e : first;
      }
    }
    throw first;
  }

  @Override
  public HeapUsage usage() {
    return recycler.usage();
  }

  @Override
  public HeapStatus status() {
    Area now = area;
    List<String> reasons = new ArrayList<>();
    for (String name : now.nodes()) {
      DeviceNode node = linux.probe(LinuxMemory.DMA_HEAPS.resolve(name));
      if (node.usable()) {
        return status(now);
      }
      reasons.add(node.path() + ": " + node.reason());
    }
    return HeapStatus.unusable(String.join("; ", reasons));
  }

  private HeapStatus status(Area now) {
    HeapStatus status =
        new HeapStatus(true, refused, Map.of())
            .with(HeapAllocator.BACKING, "dma-heap")
            .with(HeapAllocator.EXPORTS, "dma-buf");
    return now.bytes() == 0
        ? status
        : status
            .with(HeapAllocator.MAX_BYTES, now.bytes())
            .with(HeapAllocator.REGION_BYTES, now.bytes());
  }

  @Override
  public void watch(Runnable changed) {
    statusChanged = changed;
  }

  /**
   * Something may have changed.
   *
   * @param seen the area as it is now
   * @param problem with the configuration; empty when there is none
   */
  void changed(Area seen, String problem) {
    area = seen;
    refused = problem;
    statusChanged.run();
  }

  /**
   * Uses a pool of its own, or none.
   *
   * @param now where it comes from; {@code null} for none
   */
  void pooledBy(ComponentServiceObjects<PagePool> now) {
    if (now == pools) {
      return;
    }
    if (pool != null) {
      recycler.unbind(pool);
      giveBack();
    }
    pools = now;
    pool = taken(now);
    if (pool != null) {
      recycler.bind(pool);
    }
  }

  private void giveBack() {
    try {
      pools.ungetService(pool);
    } catch (IllegalStateException | IllegalArgumentException gone) {
      // The framework has taken it back by itself.
    }
  }

  private static PagePool taken(ComponentServiceObjects<PagePool> from) {
    try {
      return from == null ? null : from.getService();
    } catch (IllegalStateException gone) {
      return null;
    }
  }

  /** Ends it, after its service has gone. */
  @Override
  public void close() {
    recycler.close();
    pooledBy(null);
  }
}
