// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Counts who uses a thing, its owner included, so that whoever leaves last can give it back. Once
 * it has reached zero nobody enters any more.
 */
final class UseCount {
  private static final AtomicIntegerFieldUpdater<UseCount> USES =
      AtomicIntegerFieldUpdater.newUpdater(UseCount.class, "uses");

  private volatile int uses = 1;

  /** Enters, unless the last user has left. */
  boolean enter() {
    int now;
    do {
      now = uses;
      if (now == 0) {
        return false;
      }
      if (now == Integer.MAX_VALUE) {
        throw new IllegalStateException("a buffer is used " + now + " times at once");
      }
    } while (!USES.compareAndSet(this, now, now + 1));
    return true;
  }

  /**
   * Leaves if nobody else is in; {@code true} tells the caller that it was the last, {@code false}
   * that it is still in.
   */
  boolean exitIfAlone() {
    return USES.compareAndSet(this, 1, 0);
  }

  /** Leaves; {@code true} tells the caller that it was the last. */
  boolean exit() {
    return USES.decrementAndGet(this) == 0;
  }
}
