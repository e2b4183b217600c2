// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * Which physical ranges are regions of this process, and which parts of them may not be used again.
 *
 * <p>The lists outlive this bundle and the heaps, since an update must not forget them: see {@link
 * OutlivingList}. A range is {@code {address, bytes}}.
 */
final class PhysicalRanges {
  /** The lock, too. Never held across a system call. */
  private final Object[] shared;

  private final List<long[]> live;
  private final List<long[]> quarantined;

  /** Of what {@link LoneList#find} returned. */
  @SuppressWarnings("unchecked")
  PhysicalRanges(Object... shared) {
    this.shared = shared;
    live = (List<long[]>) shared[4];
    quarantined = (List<long[]>) shared[5];
  }

  /**
   * Takes a range for a region.
   *
   * @return gives it back
   * @throws HeapException {@code EBUSY} when a region has a part of it
   */
  Runnable claim(long address, long bytes, String what) throws HeapException {
    long[] range = {address, bytes};
    synchronized (shared) {
      for (long[] other : live) {
        if (overlap(range, other)) {
          throw new HeapException(
              what
                  + ": a region of "
                  + other[1]
                  + " bytes at 0x"
                  + Long.toHexString(other[0])
                  + " is in use",
              Errno.EBUSY);
        }
      }
      live.add(range);
    }
    return () -> giveBack(range);
  }

  private void giveBack(long[] range) {
    synchronized (shared) {
      live.removeIf(other -> other == range);
    }
  }

  private static boolean overlap(long[] one, long[] other) {
    return one[0] < other[0] + other[1] && other[0] < one[0] + one[1];
  }

  /** Notes a range that may not be used again. */
  void quarantine(long address, long bytes) {
    synchronized (shared) {
      quarantined.add(new long[] {address, bytes});
    }
  }

  /** Returns what may not be used of a region, as ranges of it. */
  List<Range> quarantinedOf(long address, long bytes) {
    long[] region = {address, bytes};
    synchronized (shared) {
      return quarantined.stream()
          .filter(range -> overlap(range, region))
          .map(
              range -> {
                long from = Math.max(range[0], address);
                long to = Math.min(range[0] + range[1], address + bytes);
                return new Range(from - address, to - from);
              })
          .toList();
    }
  }
}
