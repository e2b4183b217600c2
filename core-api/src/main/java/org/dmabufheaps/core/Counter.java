// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicLong;

/** A sum of bytes with the highest value that was noted. */
final class Counter {
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();

  /** Adds, unless the sum would exceed the limit. */
  boolean add(long bytes, long limit) {
    long now;
    do {
      now = used.get();
      if (bytes > limit - now) {
        return false;
      }
    } while (!used.compareAndSet(now, now + bytes));
    return true;
  }

  /** Notes the sum as it is, if it is the highest so far. */
  void notePeak() {
    long now = used.get();
    if (now > peak.get()) {
      peak.accumulateAndGet(now, Math::max);
    }
  }

  void subtract(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }

  long peak() {
    return peak.get();
  }
}
