// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.dmabufheaps.spi.DeferredFree;
import org.dmabufheaps.spi.FreeTask;
import org.dmabufheaps.spi.FreeTask.Reason;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.service.log.Logger;

/**
 * One heap's freelist, oldest first. It is bounded: where clearing can't keep up, whoever frees
 * does the work, and nothing grows.
 */
final class Freelist implements DeferredFree, Shrinker, AutoCloseable {
  /** How long a task that another thread runs is waited for: it may be foreign code that hangs. */
  private static final long LIMIT_MILLIS = 5_000;

  private final Supplier<FreelistSettings> settings;
  private final Logger log;
  private final Queue<Deferred> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicLong pendingBytes = new AtomicLong();

  /** One for each task that was taken from the queue and is running. */
  private final Set<Object> running = ConcurrentHashMap.newKeySet();

  private final LongAdder deferred = new LongAdder();
  private final LongAdder synchronous = new LongAdder();
  private final LongAdder underPressure = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final Worker worker;
  private final long limitMillis;
  private volatile boolean closed;

  /** A task, and how much it frees. */
  private record Deferred(long bytes, FreeTask task) {}

  /**
   * Makes an empty freelist with a worker.
   *
   * @param asWorker run by the worker's thread when it begins
   */
  Freelist(Supplier<FreelistSettings> settings, Runnable asWorker, Logger log) {
    this(settings, asWorker, log, LIMIT_MILLIS);
  }

  /** One that waits so long for tasks that others run. */
  Freelist(Supplier<FreelistSettings> settings, Runnable asWorker, Logger log, long limitMillis) {
    this.settings = settings;
    this.log = log;
    this.limitMillis = limitMillis;
    this.worker =
        new Worker(
            () -> runOne(Long.MAX_VALUE),
            () -> settings.get().pollMillis(),
            asWorker,
            log,
            limitMillis);
  }

  @Override
  public void defer(long bytes, FreeTask task) {
    long max = settings.get().maxBytes();
    long pending = pendingBytes.addAndGet(bytes);
    if (closed || pending > max) {
      pendingBytes.addAndGet(-bytes);
      synchronous.increment();
      run(task, Reason.NORMAL);
      return;
    }
    waiting.add(new Deferred(bytes, task));
    deferred.increment();
    if (closed) {
      flush();
    } else {
      worker.work(pending > max / 2);
    }
  }

  @Override
  public boolean runOne(long mostBytes) {
    return runOne(mostBytes, Reason.NORMAL) >= 0;
  }

  /** Runs the oldest task; returns what it freed in bytes, or -1 when none was run. */
  private long runOne(long mostBytes, Reason reason) {
    Object turn = new Object();
    running.add(turn);
    try {
      Deferred next = next(mostBytes);
      if (next == null) {
        return -1;
      }
      run(next.task, reason);
      pendingBytes.addAndGet(-next.bytes);
      return next.bytes;
    } finally {
      running.remove(turn);
      synchronized (this) {
        notifyAll();
      }
    }
  }

  /** Takes the oldest, unless it is too large. */
  private Deferred next(long mostBytes) {
    Deferred oldest;
    do {
      oldest = waiting.peek();
      if (oldest == null || oldest.bytes > mostBytes) {
        return null;
      }
    } while (!waiting.remove(oldest));
    return oldest;
  }

  private void run(FreeTask task, Reason reason) {
    try {
      task.free(reason);
    } catch (Throwable t) {
      failed.increment();
      log.error("freeing memory failed, it may be lost", t);
    }
  }

  @Override
  public void flush() {
    flush(limitMillis);
  }

  private void flush(long millis) {
    // What comes later is not waited for: there may be no end of it.
    for (int left = waiting.size(); left > 0 && runOne(Long.MAX_VALUE); left--) {
      // the oldest goes first
    }
    if (!awaitEnd(List.copyOf(running), millis)) {
      log.error(
          "a task that frees memory has not ended within {} ms; it is waited for no longer",
          limitMillis);
    }
  }

  /** Waits for tasks that other threads are running, so that what was deferred is done. */
  private synchronized boolean awaitEnd(List<Object> turns, long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    boolean interrupted = false;
    long left = millis;
    while (!Collections.disjoint(turns, running) && left > 0) {
      try {
        wait(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return Collections.disjoint(turns, running);
  }

  @Override
  public long pendingBytes() {
    return pendingBytes.get();
  }

  @Override
  public long count() {
    return pendingBytes();
  }

  /** Frees the oldest, past pools and without clearing: it goes back to the system. */
  @Override
  public long scan(long bytes) {
    long freed = 0;
    while (freed < bytes) {
      long more = runOne(Long.MAX_VALUE, Reason.UNDER_PRESSURE);
      if (more < 0) {
        break;
      }
      freed += more;
    }
    underPressure.add(freed);
    return freed;
  }

  @Override
  public Map<String, Long> statistics() {
    Map<String, Long> all = new TreeMap<>();
    all.put("freelist deferred", deferred.sum());
    all.put("freelist synchronous", synchronous.sum());
    all.put("freelist shrunk bytes", underPressure.sum());
    all.put("freelist failed", failed.sum());
    return all;
  }

  /** Runs what waits; later tasks run at once, in their caller. */
  @Override
  public void close() {
    closed = true;
    long begun = System.nanoTime();
    worker.close();
    long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    flush(Math.max(0, limitMillis - waited));
  }
}
