// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

/**
 * Something that is done now and then, by one at a time, and takes a tenth of the time at most,
 * unless it takes very long.
 */
final class Pace {
  private static final int PAUSES = 9;
  private static final long LONGEST_NANOS = 5_000_000_000L;

  private final long leastNanos;
  private boolean going;
  private long begun = System.nanoTime();
  private long pauseNanos;

  /**
   * Makes one whose first time may come at once.
   *
   * @param leastNanos between two times
   */
  Pace(long leastNanos) {
    this.leastNanos = leastNanos;
  }

  /** Tells whether it is time; if so, {@link #end} is to follow. */
  synchronized boolean begin() {
    long now = System.nanoTime();
    if (going || now - begun < pauseNanos) {
      return false;
    }
    going = true;
    begun = now;
    return true;
  }

  /** It is begun only now: somebody else was in the way. */
  synchronized void work() {
    begun = System.nanoTime();
  }

  synchronized void end() {
    long now = System.nanoTime();
    long pause = Math.min(LONGEST_NANOS, PAUSES * (now - begun));
    pauseNanos = Math.max(leastNanos, pause);
    begun = now;
    going = false;
  }
}
