// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;

/**
 * A bitmap of pages, with the alignment of {@code cma_alloc()} in {@code mm/cma.c}: the order of
 * the size, at most {@code CONFIG_CMA_ALIGNMENT} (8). Where the kernel takes the first run of free
 * pages that serves, this takes the shortest, the lowest of equal ones: that leaves long runs to
 * large buffers.
 */
final class CmaSpace implements Space {
  private static final int MAX_ORDER = 8;

  private final Units pages;

  CmaSpace(long bytes, long pageBytes) {
    pages = new Units(bytes, pageBytes);
  }

  @Override
  public List<Range> take(long wanted) {
    Space.checkPositive(wanted);
    if (wanted > pages.freeBytes()) {
      return List.of();
    }
    int count = pages.needed(wanted);
    int align = 1 << Math.min(order(count), MAX_ORDER);
    int best = -1;
    int shortest = Integer.MAX_VALUE;
    int end;
    for (int start = pages.nextFree(0); start < pages.count; start = pages.nextFree(end)) {
      end = pages.nextTaken(start);
      int aligned = (int) Space.roundUp(start, align);
      if (end - aligned >= count && end - start < shortest) {
        best = aligned;
        shortest = end - start;
      }
    }
    return best < 0 ? List.of() : List.of(pages.take(best, best + count));
  }

  /** {@code get_order()}: the smallest n with 2 to the n not below the count. */
  private static int order(int count) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(count - 1);
  }

  @Override
  public void give(List<Range> ranges) {
    pages.give(ranges);
  }

  @Override
  public void claim(Range range) {
    pages.claim(range);
  }

  @Override
  public long freeBytes() {
    return pages.freeBytes();
  }

  @Override
  public long largestFree() {
    int largest = 0;
    int end = 0;
    for (int start = pages.nextFree(0); start < pages.count; start = pages.nextFree(end)) {
      end = pages.nextTaken(start);
      largest = Math.max(largest, longestAligned(start, end));
    }
    return largest * pages.unitBytes;
  }

  /** The largest size that a free run serves, with the alignment which that size needs. */
  private static int longestAligned(int start, int end) {
    for (int order = MAX_ORDER; order > 0; order--) {
      int align = 1 << order;
      int length = end - (int) Space.roundUp(start, align);
      // Sizes of this order are more than half of the alignment.
      if (length > align / 2) {
        return order == MAX_ORDER ? length : Math.min(length, align);
      }
    }
    return 1;
  }

  @Override
  public long bytes() {
    return pages.bytes();
  }
}
