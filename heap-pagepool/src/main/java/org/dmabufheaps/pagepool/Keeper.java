// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.PageSource;
import org.dmabufheaps.spi.Recyclable;
import org.osgi.service.log.Logger;

/**
 * A pool's background work: fresh memory in advance, and the release of what has grown old. Has a
 * thread while there is something to do.
 */
final class Keeper implements AutoCloseable {
  private static final long LEAST_TICK_MILLIS = 50;
  private static final long READY_TICK_MILLIS = 100;
  private static final long STOP_MILLIS = 5_000;

  private final Pool pool;
  private final Supplier<PoolSettings> settings;
  private final Logger log;
  private final ScheduledThreadPoolExecutor thread;
  private final AtomicBoolean ticking = new AtomicBoolean();
  private final AtomicBoolean refilling = new AtomicBoolean();
  private final LongAdder refilled = new LongAdder();

  /** How many buffers of which size are wanted in place of lost ones. */
  private final Map<Long, Integer> wanted = new ConcurrentHashMap<>();

  private volatile PageSource source;

  Keeper(Pool pool, Supplier<PoolSettings> settings, Logger log) {
    this.pool = pool;
    this.settings = settings;
    this.log = log;
    thread = new ScheduledThreadPoolExecutor(1, Keeper::thread);
    thread.setKeepAliveTime(100, TimeUnit.MILLISECONDS);
    thread.allowCoreThreadTimeOut(true);
    thread.setRemoveOnCancelPolicy(true);
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Keeps no class loader of whoever comes first: before Java 24 a thread has the protection
   * domains of all that were on its maker's stack, as long as it lives.
   */
  @SuppressWarnings("removal")
  private static Thread thread(Runnable task) {
    PrivilegedAction<Thread> make =
        () -> {
          Thread thread = new Thread(task, "dmabuf-pagepool");
          thread.setDaemon(true);
          thread.setContextClassLoader(Keeper.class.getClassLoader());
          return thread;
        };
    return AccessController.doPrivileged(make);
  }

  void source(PageSource from) {
    source = from;
    look();
    tick();
  }

  /** Notes that a buffer of this size is wanted. */
  void want(long bytes) {
    wanted.merge(bytes, 1, Integer::sum);
    if (source != null) {
      refillSoon();
    }
  }

  /** Looks soon whether what is kept ready is there. */
  void look() {
    if (source != null && !settings.get().keepReady().isEmpty()) {
      refillSoon();
    }
  }

  private void refillSoon() {
    if (refilling.compareAndSet(false, true)) {
      soon(this::refill, 0);
    }
  }

  /** Sees to it that memory which came grows old, and that what is kept ready is there. */
  void tick() {
    long millis = tickMillis();
    if (millis > 0 && ticking.compareAndSet(false, true)) {
      soon(this::ticked, millis);
    }
  }

  private long tickMillis() {
    if (source != null && !settings.get().keepReady().isEmpty()) {
      return READY_TICK_MILLIS;
    }
    long maxAgeMillis = pool.idleBytes() == 0 ? 0 : settings.get().maxAgeMillis();
    return maxAgeMillis == 0 ? 0 : Math.max(LEAST_TICK_MILLIS, maxAgeMillis / 4);
  }

  private void soon(Runnable work, long millis) {
    try {
      Future<?> unused = thread.schedule(work, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The pool is closed: nothing is to be done any more.
    }
  }

  private void ticked() {
    ticking.set(false);
    try {
      pool.age();
    } catch (Throwable t) {
      log.error("releasing old memory of a pool failed", t);
    }
    look();
    tick();
  }

  private void refill() {
    refilling.set(false);
    PageSource from = source;
    try {
      for (long asked : settings.get().keepReady().keySet()) {
        long bytes = pool.sizeOf(asked);
        refill(from, bytes, pool.missing(bytes));
      }
      for (long bytes : List.copyOf(wanted.keySet())) {
        replace(from, bytes, wanted.remove(bytes));
      }
    } catch (HeapException e) {
      wanted.clear();
      log.debug("a pool is not refilled now: {}", e.getMessage());
    } catch (Throwable t) {
      log.error("refilling a pool failed", t);
    }
  }

  private void refill(PageSource from, long bytes, int count) throws HeapException {
    boolean room = true;
    for (int i = 0; i < count && room; i++) {
      room = refill(from, bytes);
    }
  }

  /** What was wanted earlier has come meanwhile, and counts. */
  private void replace(PageSource from, long bytes, int count) throws HeapException {
    boolean room = true;
    for (int i = 0; i < count && room && pool.mayReplace(bytes); i++) {
      room = refill(from, bytes);
    }
  }

  /** Gets one; tells whether there was room for it. */
  private boolean refill(PageSource from, long bytes) throws HeapException {
    if (thread.isShutdown()) {
      return false;
    }
    Recyclable fresh = from.allocate(bytes);
    if (!pool.stock(fresh)) {
      fresh.release();
      return false;
    }
    refilled.increment();
    return true;
  }

  long refilled() {
    return refilled.sum();
  }

  /** Ends the thread; what it is at is waited for, so that the heap is not called afterwards. */
  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = false;
    try {
      if (!thread.awaitTermination(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        log.error("a pool's refill has not returned from its heap, going on without it");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
