// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Allocates from one heap: what {@code DMA_HEAP_IOCTL_ALLOC} on {@code /dev/dma_heap/NAME} is to
 * the kernel's heaps.
 *
 * <p>A service, one per available heap, registered by core only while the heap can be used, with
 * the properties named here. It goes before the heap does: a component with a static reference is
 * deactivated while its buffers still work.
 *
 * <p>Bundle scope and thread-safe, as {@link AllocationService}.
 */
@ProviderType
public interface HeapAllocator {
  /** Property: the heap's name, a {@code String}. */
  String NAME = "dmabuf.heap.name";

  /** Property: further names of the heap, a {@code String[]}; absent when there are none. */
  String ALIASES = "dmabuf.heap.aliases";

  /** Property: whether each buffer is physically contiguous, a {@code Boolean}. */
  String CONTIGUOUS = "dmabuf.heap.contiguous";

  /** Property: where the memory comes from, such as {@code "dma-heap"}, a {@code String}. */
  String BACKING = "dmabuf.heap.backing";

  /**
   * Property: what an exported descriptor is, a {@code String}: {@code "dma-buf"} (drivers import
   * it), {@code "memfd"} (other processes map it, drivers don't import it) or {@code "none"}.
   */
  String EXPORTS = "dmabuf.heap.exports";

  /** Property: the largest buffer in bytes, a {@code Long}; absent when the heap knows no limit. */
  String MAX_BYTES = "dmabuf.heap.max.bytes";

  /**
   * Property: the size of the bounded memory that the heap's buffers are cut from, in bytes, a
   * {@code Long}; absent when it has no bounds of its own.
   */
  String REGION_BYTES = "dmabuf.heap.region.bytes";

  /**
   * Allocates a buffer, as {@link AllocationService#allocate(String, long)} does from this heap.
   *
   * @param size in bytes, at least 1; rounded up to what the heap can provide
   * @return an open handle, to be closed by the caller
   * @throws IllegalArgumentException when {@code size} is not positive or too large to be rounded
   * @throws HeapException when the heap has gone ({@code ENODEV}), makes no buffers of that size
   *     ({@code EINVAL}, see {@link #MAX_BYTES}), or a limit or the system refuses
   */
  DmaBuf allocate(long size) throws HeapException;
}
