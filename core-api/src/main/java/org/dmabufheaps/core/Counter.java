// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicLong;

/** A sum of bytes with its highest value. */
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
    if (now + bytes > peak.get()) {
      peak.accumulateAndGet(now + bytes, Math::max);
    }
    return true;
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
