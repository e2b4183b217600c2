// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.osgi.service.log.Logger;

/**
 * Runs foreign code on threads of core's own, so that code which doesn't return holds up nobody. A
 * call that missed its deadline is reported and left to itself. Idle threads end after a tenth of a
 * second.
 */
final class BoundedCalls {
  private static final int SIDE_BY_SIDE = 8;

  /** What a call may have after the deadline. */
  static final long MOMENT_MILLIS = 100;

  private final AtomicLong names = new AtomicLong();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0, Integer.MAX_VALUE, 100, TimeUnit.MILLISECONDS, new SynchronousQueue<>(), this::thread);
  private final Logger log;

  BoundedCalls(Logger log) {
    this.log = log;
  }

  private Thread thread(Runnable task) {
    Thread thread = new Thread(task, "dmabuf-call-" + names.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** Runs a task some time soon. */
  void start(String what, Runnable task) {
    execute(guarded(what, task));
  }

  /**
   * Runs a task and waits for it.
   *
   * @return whether it ended in time; what it threw is logged
   */
  boolean run(String what, Runnable task, Deadline deadline) {
    return runAll(what, List.of(List.of(task)), deadline);
  }

  /**
   * Runs groups of tasks, all groups and some tasks of each side by side, so that what is stuck in
   * one group doesn't hold up the others. After the deadline they still have a moment to begin in,
   * since it was other calls that used up the time.
   *
   * @return whether all ended in time; what they threw is logged
   */
  boolean runAll(
      String what, Collection<? extends Collection<Runnable>> groups, Deadline deadline) {
    List<Future<?>> workers = groups.stream().flatMap(group -> workers(what, group)).toList();
    Deadline least = deadline.atLeastMillis(MOMENT_MILLIS);
    boolean inTime = true;
    for (Future<?> worker : workers) {
      inTime &= await(what, worker, least);
    }
    return inTime;
  }

  private Stream<Future<?>> workers(String what, Collection<Runnable> group) {
    Queue<Runnable> left = new ConcurrentLinkedQueue<>(group);
    return IntStream.range(0, Math.min(group.size(), SIDE_BY_SIDE))
        .mapToObj(worker -> submit(new FutureTask<>(() -> work(what, left), null)));
  }

  private void work(String what, Queue<Runnable> left) {
    for (Runnable task = left.poll(); task != null; task = left.poll()) {
      guarded(what, task).run();
    }
  }

  /**
   * Asks for a value.
   *
   * @return the value, or {@code otherwise} when it threw or is stuck; both are logged
   */
  <T> T get(String what, Callable<T> question, T otherwise, Deadline deadline) {
    FutureTask<T> task = new FutureTask<>(question);
    execute(task);
    return await(what, task, deadline) ? result(what, task, otherwise) : otherwise;
  }

  private <T> T result(String what, FutureTask<T> task, T otherwise) {
    try {
      T value = task.get();
      return value == null ? otherwise : value;
    } catch (ExecutionException e) {
      log.error("{}: failed", what, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return otherwise;
  }

  private <T> FutureTask<T> submit(FutureTask<T> task) {
    execute(task);
    return task;
  }

  /** On the caller's own thread, and without a limit, when the system gives no more threads. */
  private void execute(Runnable task) {
    try {
      threads.execute(task);
    } catch (OutOfMemoryError e) {
      log.error("no thread can be had, calling without a limit", e);
      task.run();
    }
  }

  private Runnable guarded(String what, Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable t) {
        log.error("{}: failed", what, t);
      }
    };
  }

  private boolean await(String what, Future<?> task, Deadline deadline) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
          return true;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          return true; // whoever asks for the result is told
        } catch (TimeoutException e) {
          log.error("{}: has not returned, going on without it", what);
          return false;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
