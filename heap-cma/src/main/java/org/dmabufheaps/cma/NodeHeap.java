// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.DeviceNode;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;

/** The heap of an area that the kernel has a node for. */
final class NodeHeap implements Heap {
  private final LinuxMemory linux;
  private volatile Area area;
  private volatile String refused = "";
  private volatile Runnable statusChanged = () -> {};

  NodeHeap(LinuxMemory linux, Area area) {
    this.linux = linux;
    this.area = area;
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
    HeapException first = null;
    for (String node : now.nodes()) {
      try {
        return linux.dmaHeap(node, request);
      } catch (HeapException e) {
        if (!Errno.ENOENT.is(e) && !Errno.EACCES.is(e)) {
          throw e;
        }
        first = first == null ? e : first;
      }
    }
    throw first;
  }

  @Override
  public HeapStatus status() {
    Area now = area;
    List<String> reasons = new ArrayList<>();
    for (String name : now.nodes()) {
      DeviceNode node = linux.probe(Nodes.DIRECTORY.resolve(name));
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
}
