// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.consumer;

import java.util.List;
import java.util.stream.Collectors;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapInfo;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/**
 * What a device needs of memory, as a filter over the properties of {@link HeapAllocator} services.
 *
 * @param filter such as {@code (dmabuf.heap.exports=dma-buf)}, good for {@code
 *     AllocationService.allocate}
 */
public record Needs(String filter) {
  /** A driver that takes any dma-buf: it has an IOMMU, or copies by CPU. */
  public static final Needs DMA_BUF = new Needs("(" + HeapAllocator.EXPORTS + "=dma-buf)");

  /** A driver without an IOMMU, whose device reads and writes one run of physical memory. */
  public static final Needs CONTIGUOUS =
      DMA_BUF.and(new Needs("(" + HeapAllocator.CONTIGUOUS + "=true)"));

  /**
   * Returns the needs of two devices that are to use one buffer.
   *
   * @param other of the other device
   * @return what serves both: this when they are the same
   */
  public Needs and(Needs other) {
    return equals(other) ? this : new Needs("(&" + filter + other.filter + ")");
  }

  /**
   * Tells which heaps serve.
   *
   * @param heaps those that there are
   * @return for a message: their names, or what to do when there is none
   */
  public String served(List<HeapInfo> heaps) {
    String names =
        heaps.stream()
            .filter(heap -> heap.available && matches(heap))
            .map(heap -> heap.name)
            .sorted()
            .collect(Collectors.joining(", "));
    return names.isEmpty()
        ? "no heap here is such; install the bundle of one (heap:list shows what there is)"
        : "here: " + names;
  }

  private boolean matches(HeapInfo heap) {
    try {
      return FrameworkUtil.createFilter(filter).matches(heap.properties);
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException("the filter " + filter + " can't be parsed", e);
    }
  }

  @Override
  public String toString() {
    return filter;
  }
}
