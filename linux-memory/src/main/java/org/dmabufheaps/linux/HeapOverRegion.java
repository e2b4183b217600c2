// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A heap that answers what its {@link RegionHeap} does. A component implements it, says which that
 * is, and has its own life cycle; see {@code vendor/heap-carveout}.
 */
@ConsumerType
public interface HeapOverRegion extends Heap {
  /**
   * Returns what has the memory; always the same.
   *
   * @return never null
   */
  RegionHeap memory();

  @Override
  default void watch(Runnable statusChanged) {
    memory().watch(statusChanged);
  }

  @Override
  default HeapStatus status() {
    return memory().status();
  }

  @Override
  default HeapUsage usage() {
    return memory().usage();
  }

  @Override
  default DmaBufOps allocate(AllocationRequest request) throws HeapException {
    return memory().allocate(request);
  }
}
