// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DeferredFree;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.HeapUsage;
import org.dmabufheaps.spi.PagePool;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The way of a heap's memory in a circle: from its page pool to a client, to its freelist, and
 * back, cleared. With neither pool nor freelist memory comes from the system and goes back to it at
 * once.
 *
 * <p>Memory is used again only when it is proved that nobody else has it: the views of its former
 * client are parted from it first; a memfd whose descriptor was given away is never used again,
 * since nobody can say who has it; of a dma-buf the count in {@code fdinfo} must be what this
 * object itself holds, its fences must have passed, and the kernel must be one that refuses to pin
 * its pages. What fails goes back to the system.
 *
 * <p>Made by {@link LinuxMemory#recycler}; thread-safe.
 */
@ProviderType
public interface Recycler extends AutoCloseable {

  /** Where fresh memory comes from: one of {@link LinuxMemory}'s methods. */
  @FunctionalInterface
  interface Fresh {

    /**
     * Allocates.
     *
     * @param request the size, and who admits it
     * @return a buffer that {@link LinuxMemory} made
     * @throws HeapException when it can't be had
     */
    DmaBufOps allocate(AllocationRequest request) throws HeapException;
  }

  /**
   * Takes a pool into use, in place of the one that there was.
   *
   * @param pool the heap's own
   */
  void bind(PagePool pool);

  /**
   * Goes on without a pool, which is drained, unless another has taken its place.
   *
   * @param pool the one that goes
   */
  void unbind(PagePool pool);

  /**
   * Takes a freelist into use, in place of the one that there was.
   *
   * @param freelist the heap's own
   */
  void bind(DeferredFree freelist);

  /**
   * Goes on without a freelist, which is flushed, unless another has taken its place.
   *
   * @param freelist the one that goes
   */
  void unbind(DeferredFree freelist);

  /**
   * Sets where fresh memory comes from, from now on. What is idle of the former kind is released,
   * and what is in use is never used again.
   *
   * @param fresh allocates
   */
  void fresh(Fresh fresh);

  /**
   * Allocates: from the pool, or by clearing what waits in the freelist, or fresh. When memory is
   * short, freelist and pool are emptied and it is tried once more.
   *
   * @param request the size, and who admits it
   * @return a buffer, all zero
   * @throws HeapException as {@link Fresh#allocate}
   */
  DmaBufOps allocate(AllocationRequest request) throws HeapException;

  /**
   * Tells what is idle and what waits.
   *
   * @return the usage, with the counts of pool and freelist
   */
  HeapUsage usage();

  /**
   * Flushes the freelist and drains the pool: for the heap's deactivation, after which nothing of
   * it runs. Buffers that are released later go back to the system at once. Never throws.
   */
  @Override
  void close();
}
