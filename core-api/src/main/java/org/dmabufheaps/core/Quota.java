// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.function.LongSupplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Bytes that somebody has, against the limit in force. */
class Quota {
  private final String of;
  private final LongSupplier limit;
  private final Errno errno;
  private final Counter counter = new Counter();

  Quota(String of, LongSupplier limit, Errno errno) {
    this.of = of;
    this.limit = limit;
    this.errno = errno;
  }

  void charge(Operation operation, long bytes) throws HeapException {
    long limitBytes = limit.getAsLong();
    if (!counter.add(bytes, limitBytes)) {
      throw new HeapException(
          operation
              + ": over the "
              + of
              + " of "
              + ByteCount.text(limitBytes)
              + ", of which "
              + ByteCount.text(counter.used())
              + " is taken",
          errno);
    }
  }

  /** What was charged is there now, and not just wished for. */
  void notePeak() {
    counter.notePeak();
  }

  void discharge(long bytes) {
    counter.subtract(bytes);
  }

  /** A charge that was part of this is gone. */
  void left() {}

  boolean isLimited() {
    return limit.getAsLong() != Long.MAX_VALUE;
  }

  /** Returns how much more may be charged now. */
  long roomBytes() {
    return Math.max(0, limit.getAsLong() - counter.used());
  }

  long limitBytes() {
    return limit.getAsLong();
  }

  long usedBytes() {
    return counter.used();
  }

  long peakBytes() {
    return counter.peak();
  }
}
