// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.BitSet;
import java.util.List;

/** A bitmap of equal units, pages or chunks. What is left of a last unit is not used. */
final class Units {
  private static final int MAX = (1 << 30) - 1024;

  final long unitBytes;
  final int count;
  private final BitSet taken;
  private int free;

  Units(long bytes, long unitBytes) {
    if (bytes / unitBytes > MAX) {
      throw new IllegalArgumentException(
          bytes + " bytes are more than " + MAX + " units of " + unitBytes);
    }
    this.unitBytes = unitBytes;
    count = (int) (bytes / unitBytes);
    taken = new BitSet(count);
    free = count;
  }

  long bytes() {
    return count * unitBytes;
  }

  long freeBytes() {
    return free * unitBytes;
  }

  /** Returns how many units a size needs, which is not above {@link #bytes}. */
  int needed(long bytes) {
    return (int) (Space.roundUp(bytes, unitBytes) / unitBytes);
  }

  /** Returns the first free unit from here on; {@link #count} when there is none. */
  int nextFree(int from) {
    return Math.min(taken.nextClearBit(from), count);
  }

  /** Returns the first taken unit from here on; {@link #count} when there is none. */
  int nextTaken(int from) {
    int next = taken.nextSetBit(from);
    return next < 0 ? count : next;
  }

  /** Takes free units. */
  Range take(int start, int end) {
    taken.set(start, end);
    free -= end - start;
    return new Range(start * unitBytes, (end - start) * unitBytes);
  }

  /** Takes what is free of the units that a range is in. */
  void claim(Range range) {
    long end = Math.min(bytes(), range.offset() + range.length());
    for (long at = range.offset() - range.offset() % unitBytes; at < end; at += unitBytes) {
      int unit = (int) (at / unitBytes);
      if (!taken.get(unit)) {
        take(unit, unit + 1);
      }
    }
  }

  void give(List<Range> ranges) {
    ranges.forEach(this::checkTaken);
    for (Range range : ranges) {
      checkTaken(range);
      int start = (int) (range.offset() / unitBytes);
      int units = (int) (range.length() / unitBytes);
      taken.clear(start, start + units);
      free += units;
    }
  }

  private void checkTaken(Range range) {
    if (!Space.isWithin(range, bytes(), unitBytes)
        || taken.nextClearBit((int) (range.offset() / unitBytes))
            < (range.offset() + range.length()) / unitBytes) {
      throw new IllegalStateException(range + " was not taken");
    }
  }
}
