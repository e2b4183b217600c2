// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Looks for threads that wait for each other, while a test runs; ends the test if it stands. */
final class DeadlockWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 500;
  private static final long STANDING_NANOS = 120_000_000_000L;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final AtomicLong progressed = new AtomicLong(System.nanoTime());
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread test = Thread.currentThread();
  private final Thread watch = new Thread(this::watch, "itest-deadlock-watch");
  private volatile String found = "";

  DeadlockWatch() {
    watch.setDaemon(true);
    watch.start();
  }

  /** Says that the test goes on. */
  void progress() {
    progressed.set(System.nanoTime());
  }

  private void watch() {
    try {
      while (found.isEmpty() && !end.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        look();
      }
    } catch (InterruptedException e) {
      found = "the watch was interrupted";
    }
  }

  private void look() {
    long[] ids = threads.findDeadlockedThreads();
    boolean stands = System.nanoTime() - progressed.get() > STANDING_NANOS;
    if (ids != null || stands) {
      ThreadInfo[] infos =
          ids == null ? threads.dumpAllThreads(true, true) : threads.getThreadInfo(ids, true, true);
      found = (ids == null ? "no progress" : "deadlock") + ": " + Arrays.toString(infos);
      System.out.println(found);
      test.interrupt();
    }
  }

  /** Ends the watch. */
  @Override
  public void close() {
    end.countDown();
    try {
      watch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!found.isEmpty()) {
      throw new AssertionError(found);
    }
  }
}
