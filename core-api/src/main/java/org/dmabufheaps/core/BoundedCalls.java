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
import org.osgi.service.log.Logger;

/**
 * Runs foreign code on threads of core's own, so that code which doesn't return holds up nobody. A
 * call that missed its deadline is reported and left to itself. Idle threads end after a tenth of a
 * second.
 */
final class BoundedCalls {
  private static final int SIDE_BY_SIDE = 8;

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
    threads.execute(guarded(what, task));
  }

  /**
   * Runs a task and waits for it.
   *
   * @return whether it ended in time; what it threw is logged
   */
  boolean run(String what, Runnable task, Deadline deadline) {
    return runAll(what, List.of(task), deadline);
  }

  /**
   * Runs tasks, some of them side by side, so that a few that are stuck don't hold up the rest.
   *
   * @return whether all ended in time; what they threw is logged
   */
  boolean runAll(String what, Collection<Runnable> tasks, Deadline deadline) {
    Queue<Runnable> left = new ConcurrentLinkedQueue<>(tasks);
    List<Future<?>> workers =
        IntStream.range(0, Math.min(tasks.size(), SIDE_BY_SIDE))
            .<Future<?>>mapToObj(worker -> threads.submit(() -> work(what, left)))
            .toList();
    boolean inTime = true;
    for (Future<?> worker : workers) {
      inTime &= await(what, worker, deadline);
    }
    return inTime;
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
    Future<?> running = submit(what, task);
    return await(what, running, deadline) ? result(what, task, otherwise) : otherwise;
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

  private Future<?> submit(String what, Runnable task) {
    return threads.submit(guarded(what, task));
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
        } catch (TimeoutException | ExecutionException e) {
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
