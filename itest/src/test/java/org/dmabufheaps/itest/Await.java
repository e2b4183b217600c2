// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Waits for what happens on other threads: asks again and again until a deadline. */
final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long POLL_MS = 5;

  private Await() {}

  /**
   * Waits until a condition holds.
   *
   * @param description what is waited for, a clause: "the heap is back"
   * @throws AssertionError when it does not within 20 s, with what it threw last, if it did
   */
  static void await(String description, Callable<Boolean> condition) {
    await(() -> description, condition);
  }

  /** As {@link #await(String, Callable)}, with a description made when it is needed. */
  static void await(Supplier<String> description, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    Exception last;
    do {
      last = null;
      try {
        if (condition.call()) {
          return;
        }
        Thread.sleep(POLL_MS);
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted while waiting: " + description.get(), e);
      } catch (Exception e) {
        last = e;
      }
    } while (System.nanoTime() - deadline < 0);
    throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + description.get(), last);
  }
}
