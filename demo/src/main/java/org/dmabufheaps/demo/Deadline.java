// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The time by which the demo is over.
 *
 * @param nanos as {@link System#nanoTime()} will tell it
 */
record Deadline(long nanos) {

  static Deadline inSeconds(long seconds) {
    return new Deadline(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
  }

  /**
   * Returns what is left.
   *
   * @return in milliseconds, at least 1
   * @throws IOException when nothing is left
   */
  long leftMillis() throws IOException {
    long left = nanos - System.nanoTime();
    if (left <= 0) {
      throw new IOException("the demo's deadline has passed");
    }
    return 1 + TimeUnit.NANOSECONDS.toMillis(left);
  }

  /**
   * Lets some time pass.
   *
   * @param pauseNanos how much
   * @param what is being done, for people
   * @throws IOException when nothing is left, or this thread is interrupted
   */
  void pause(long pauseNanos, String what) throws IOException {
    leftMillis();
    LockSupport.parkNanos(pauseNanos);
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("interrupted while " + what);
    }
  }
}
