// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts who uses a thing, its owner included, so that whoever leaves last can give it back. Once
 * it has reached zero nobody enters any more.
 */
final class UseCount {
  private final AtomicInteger uses = new AtomicInteger(1);

  /** Enters, unless the last user has left. */
  boolean enter() {
    int now;
    do {
      now = uses.get();
      if (now == 0) {
        return false;
      }
      if (now == Integer.MAX_VALUE) {
        throw new IllegalStateException("a buffer is used " + now + " times at once");
      }
    } while (!uses.compareAndSet(now, now + 1));
    return true;
  }

  /**
   * Leaves if nobody else is in; {@code true} tells the caller that it was the last, {@code false}
   * that it is still in.
   */
  boolean exitIfAlone() {
    return uses.compareAndSet(1, 0);
  }

  /** Leaves; {@code true} tells the caller that it was the last. */
  boolean exit() {
    return uses.decrementAndGet() == 0;
  }
}
