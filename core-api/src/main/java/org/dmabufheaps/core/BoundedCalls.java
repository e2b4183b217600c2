// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.service.log.Logger;

/**
 * Runs foreign code on threads of core's own, so that code which doesn't return holds up nobody. A
 * call that missed its deadline is reported and left to itself. Idle threads end after a tenth of a
 * second.
 */
final class BoundedCalls {
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

  /** Runs tasks side by side and waits for them; {@code false} when one is stuck. */
  boolean runAll(String what, List<Runnable> tasks, Deadline deadline) {
    List<Future<?>> running = tasks.stream().<Future<?>>map(task -> submit(what, task)).toList();
    boolean inTime = true;
    for (Future<?> task : running) {
      inTime &= await(what, task, deadline);
    }
    return inTime;
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
