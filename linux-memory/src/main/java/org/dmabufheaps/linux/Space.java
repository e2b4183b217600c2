// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;

/**
 * The books of a region: which bytes are taken. Nothing but arithmetic; not thread-safe.
 *
 * <p>What is given back and was not taken is a defect of the caller: an {@link
 * IllegalStateException}, before anything has changed.
 */
interface Space {

  /**
   * Takes memory.
   *
   * @param bytes how much, positive; rounded up to the granule
   * @return ascending ranges that do not touch one another, all of it together at least {@code
   *     bytes}; empty when there is no room
   */
  List<Range> take(long bytes);

  /** Gives back what {@link #take} gave. */
  void give(List<Range> ranges);

  /** Takes for good what is free of the units that a range is in. */
  void claim(Range range);

  /** Returns the bytes that are free. */
  long freeBytes();

  /** Returns the largest size that {@link #take} could serve now. */
  long largestFree();

  /** Returns the size of all. */
  long bytes();

  /** Makes the books of a region in which everything is free. */
  static Space of(Placement placement, long bytes, long pageBytes) {
    if (placement instanceof Placement.Chunks chunks) {
      return new ChunkSpace(bytes, chunks.chunkBytes());
    }
    return placement instanceof Placement.Cma
        ? new CmaSpace(bytes, pageBytes)
        : new FirstFitSpace(bytes, pageBytes);
  }

  /** Rounds up, without an overflow: {@code bytes} is at most {@code limit}, a multiple. */
  static long roundUp(long bytes, long granule) {
    long over = bytes % granule;
    return over == 0 ? bytes : bytes - over + granule;
  }

  /** Refuses sizes that are none. */
  static void checkPositive(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("taking " + bytes + " bytes");
    }
  }

  /** Tells whether a range is one that {@link #take} may have given. */
  static boolean isWithin(Range range, long bytes, long granule) {
    return range.length() > 0
        && range.offset() >= 0
        && range.offset() <= bytes - range.length()
        && range.offset() % granule == 0
        && range.length() % granule == 0;
  }
}
