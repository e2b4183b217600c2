// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.osgi.service.log.Logger;

/**
 * The thread of a freelist. It looks for work from time to time instead of being woken by each
 * free, which would cost the caller far more than the free itself; it is woken when much has
 * gathered. While nothing comes it looks less and less often. It outlives whatever fails, of which
 * the log tells once: nobody else would free what waits.
 */
final class Worker implements AutoCloseable {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long LONGEST_PAUSE_NANOS = 100 * NANOS_PER_MILLI;
  private static final long JOIN_MILLIS = 100;

  private final BooleanSupplier step;
  private final LongSupplier pollMillis;
  private final Runnable begin;
  private final Logger log;
  private final long limitMillis;
  private final AtomicBoolean told = new AtomicBoolean();
  private final AtomicReference<Thread> thread = new AtomicReference<>();
  private volatile boolean closed;

  /**
   * Makes a worker, whose thread starts with the first work.
   *
   * @param step does one piece of work; {@code false} when there is none
   * @param pollMillis the shortest pause
   * @param begin run by the thread first
   * @param limitMillis how long its end is waited for
   */
  Worker(
      BooleanSupplier step, LongSupplier pollMillis, Runnable begin, Logger log, long limitMillis) {
    this.log = log;
    this.limitMillis = limitMillis;
    this.step = step;
    this.pollMillis = pollMillis;
    this.begin = begin;
  }

  /**
   * There is work.
   *
   * @param now whether it should not wait for the next look
   */
  void work(boolean now) {
    Thread running = thread.get();
    if (running == null) {
      start();
    } else if (now) {
      LockSupport.unpark(running);
    }
  }

  private void start() {
    Thread fresh = thread();
    if (!closed && thread.compareAndSet(null, fresh)) {
      boolean started = false;
      try {
        fresh.start();
        started = true;
      } catch (Throwable t) {
        tell(t);
      } finally {
        if (!started) {
          thread.set(null);
        }
      }
    }
  }

  /**
   * Keeps no class loader of whoever frees first: before Java 24 a thread has the protection
   * domains of all that were on its maker's stack, as long as it lives.
   */
  @SuppressWarnings("removal")
  private Thread thread() {
    PrivilegedAction<Thread> make =
        () -> {
          Thread fresh = new Thread(this::run, "dmabuf-deferred-free");
          fresh.setDaemon(true);
          fresh.setContextClassLoader(Worker.class.getClassLoader());
          return fresh;
        };
    return AccessController.doPrivileged(make);
  }

  private void run() {
    try {
      begin();
      long pause = NANOS_PER_MILLI;
      while (!closed) {
        LockSupport.parkNanos(this, pause);
        pause = next(pause);
      }
    } finally {
      if (!closed) {
        thread.set(null);
      }
    }
  }

  private void begin() {
    try {
      begin.run();
    } catch (Throwable t) {
      tell(t);
    }
  }

  /** Does what there is; returns the pause after it. */
  private long next(long pause) {
    try {
      if (work()) {
        return shortest();
      }
    } catch (Throwable t) {
      tell(t);
    }
    return Math.min(2 * pause, LONGEST_PAUSE_NANOS);
  }

  private void tell(Throwable t) {
    if (told.compareAndSet(false, true)) {
      log.error("a freelist's worker failed, it goes on; this is told once", t);
    }
  }

  /** Does what there is; tells whether there was any. */
  private boolean work() {
    boolean worked = false;
    while (!closed && step.getAsBoolean()) {
      worked = true;
    }
    return worked;
  }

  private long shortest() {
    return pollMillis.getAsLong() * NANOS_PER_MILLI;
  }

  /** Ends the thread, and returns when it has ended, or is stuck for too long. */
  @Override
  public void close() {
    closed = true;
    Thread running = thread.get();
    long end = System.nanoTime() + limitMillis * NANOS_PER_MILLI;
    boolean interrupted = false;
    while (running != null
        && running != Thread.currentThread()
        && running.isAlive()
        && System.nanoTime() - end < 0) {
      LockSupport.unpark(running);
      try {
        running.join(JOIN_MILLIS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
