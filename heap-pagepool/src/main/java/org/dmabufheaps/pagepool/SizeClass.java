// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

/**
 * Which sizes share memory. Up to 256 KiB there are four classes for each doubling, which wastes
 * little and lets small buffers of many sizes meet; above, where a class would waste much and
 * programs use the same few frame sizes again and again, each size is a class of its own, and may
 * be served by what is a little larger.
 */
final class SizeClass {
  /** In bytes. */
  static final long EXACT_ABOVE = 256 << 10;

  /** A buffer may be larger than asked for by one part of so many. */
  private static final int LARGER_PART = 8;

  private SizeClass() {}

  /** Returns the size of a class's buffers, for a size that is a multiple of the page size. */
  static long of(long size) {
    if (size > EXACT_ABOVE || size < 1) {
      return size;
    }
    long step = Math.max(1, Long.highestOneBit(size - 1) >> 2);
    return (size + step - 1) / step * step;
  }

  /** Returns the largest size that may serve one above {@link #EXACT_ABOVE}. */
  static long largestFor(long size) {
    return size > Long.MAX_VALUE - size / LARGER_PART ? size : size + size / LARGER_PART;
  }
}
