// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

/** Something that is done now and then, by one at a time, and takes a tenth of the time at most. */
final class Pace {
  private static final int PAUSES = 9;

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

  synchronized void end() {
    long now = System.nanoTime();
    pauseNanos = Math.max(leastNanos, PAUSES * (now - begun));
    begun = now;
    going = false;
  }
}
