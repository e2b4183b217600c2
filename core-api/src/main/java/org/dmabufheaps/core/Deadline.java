// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A point in time up to which something is waited for. */
record Deadline(long nanoTime) {

  static Deadline inMillis(long millis) {
    return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** The same point in time, or a later one if it is nearer than that. */
  Deadline atLeastMillis(long millis) {
    Deadline least = inMillis(millis);
    return least.nanoTime - nanoTime > 0 ? least : this;
  }

  Deadline later(long millis) {
    return new Deadline(nanoTime + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  long remainingNanos() {
    return Math.max(0, nanoTime - System.nanoTime());
  }

  /**
   * Waits on a monitor that the caller holds. An interrupt doesn't end the wait, since what follows
   * it must not be skipped; the flag is set again afterwards.
   */
  @SuppressWarnings("WaitNotInLoop") // the loop is here, the condition the caller's
  boolean await(Object monitor, BooleanSupplier condition) {
    boolean interrupted = false;
    boolean met = condition.getAsBoolean();
    while (!met && remainingNanos() > 0) {
      try {
        TimeUnit.NANOSECONDS.timedWait(monitor, remainingNanos());
      } catch (InterruptedException e) {
        interrupted = true;
      }
      met = condition.getAsBoolean();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return met;
  }
}
