// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A heap: what {@code struct dma_heap_ops} is in the kernel ({@code include/linux/dma-heap.h}). A
 * bundle registers it as a service, with the properties of {@link DmaHeap}; core does the rest.
 *
 * <p>Methods are called from any thread, several at a time, with no lock held. None of them, nor of
 * the {@link DmaBufOps} it made, is running or starts once the component's deactivation begins;
 * unless a call had not returned within core's limit: then unbinding went on without it, and its
 * late result is released by core.
 *
 * <p>What a method throws, errors included, hurts nobody but its caller.
 */
@ConsumerType
public interface Heap {

  /**
   * Allocates memory. All of it must be zero, up to the size that the result tells.
   *
   * @param request how much, and for whom
   * @return the buffer, at least {@code request.size()} bytes; never null
   * @throws HeapException when the memory can't be had; everything that was taken on the way must
   *     have been given back
   */
  DmaBufOps allocate(AllocationRequest request) throws HeapException;

  /**
   * Tells whether the heap can be used now, and how. Called when the heap comes, when its service
   * properties change, after {@link #watch}'s callback and after an allocation failed.
   *
   * @return the status
   */
  default HeapStatus status() {
    return HeapStatus.usable();
  }

  /**
   * Tells what the heap holds besides live buffers. Must be quick and take no lock for long.
   *
   * @return the usage
   */
  default HeapUsage usage() {
    return HeapUsage.NONE;
  }

  /**
   * Takes a callback for the case that {@link #status()} may have changed: a device node came or
   * went, the configuration was modified. A heap whose status is fixed ignores it.
   *
   * @param statusChanged to be run from any thread, without a lock held; it returns at once; after
   *     the heap has gone it does nothing
   */
  default void watch(Runnable statusChanged) {}
}
