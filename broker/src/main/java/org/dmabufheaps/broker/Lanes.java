// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few threads for calls that may have to wait, none of which a heap can take all: each heap has a
 * lane of its own, for so many calls at a time.
 */
final class Lanes {
  private static final int THREADS = 16;
  private static final int THREADS_OF_A_LANE = 4;
  private static final long IDLE_SECONDS = 10;
  private static final long END_SECONDS = 5;

  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor threads;

  Lanes() {
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            body -> {
              Thread thread = new Thread(body, "dmabuf-broker-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** Runs a task on a lane, soon; in the order of asking, as far as one thread does it. */
  void run(String lane, Runnable task) {
    lanes.computeIfAbsent(lane, name -> new Lane()).run(task);
  }

  /** Ends the threads; waits a little for what they do. */
  void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private final class Lane {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;

    void run(Runnable task) {
      synchronized (this) {
        waiting.add(task);
        if (running == THREADS_OF_A_LANE) {
          return;
        }
        running++;
      }
      threads.execute(this::drain);
    }

    private void drain() {
      for (Runnable task = next(); task != null; task = next()) {
        boolean done = false;
        try {
          task.run();
          done = true;
        } finally {
          if (!done) {
            leave();
          }
        }
      }
    }

    private synchronized Runnable next() {
      Runnable task = waiting.poll();
      if (task == null) {
        running--;
      }
      return task;
    }

    /** An error ends this thread; another one goes on with what waits. */
    private void leave() {
      synchronized (this) {
        if (waiting.isEmpty()) {
          running--;
          return;
        }
      }
      threads.execute(this::drain);
    }
  }
}
