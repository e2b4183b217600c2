// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets calls pass until it is closed, and lets whoever closes it wait for those that are on their
 * way. No lock is held while a call runs.
 */
final class CallGate {
  private static final long CLOSED = 1L << 62;

  /** The calls in flight, and the bit that says closed. */
  private final AtomicLong state = new AtomicLong();

  boolean enter() {
    long now;
    do {
      now = state.get();
      if ((now & CLOSED) != 0) {
        return false;
      }
    } while (!state.compareAndSet(now, now + 1));
    return true;
  }

  void exit() {
    if (state.decrementAndGet() == CLOSED) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  boolean isClosed() {
    return (state.get() & CLOSED) != 0;
  }

  /** Closes, and waits; {@code false} when calls were still on their way at the deadline. */
  synchronized boolean close(Deadline deadline) {
    state.getAndUpdate(now -> now | CLOSED);
    return deadline.await(this, () -> state.get() == CLOSED);
  }
}
