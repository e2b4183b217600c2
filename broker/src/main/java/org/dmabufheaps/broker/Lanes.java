// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for what may have to wait. Each heap, or user, has a lane of its own, with so many
 * threads at most: one that is stuck takes none from the others, however many are.
 */
final class Lanes {
  private static final int THREADS_OF_A_LANE = 4;
  private static final long IDLE_SECONDS = 10;
  private static final long END_SECONDS = 5;

  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor threads;

  Lanes(String name) {
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            body -> {
              Thread thread = new Thread(body, name + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Runs a task on a lane, soon; in the order of asking, as far as one thread does it. When they
   * were ended, or the system has no thread and none is at work on the lane, the caller does it.
   */
  void run(String lane, Runnable task) {
    lanes.computeIfAbsent(lane, Lane::new).run(task);
  }

  /** Ends the threads; waits a little for what they do, and does what is left, lane by lane. */
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
    for (Lane lane : lanes.values()) {
      lane.drain();
    }
  }

  /** Takes no new threads; those at work end when they have done what waits for them. */
  void end() {
    threads.shutdown();
    try {
      threads.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Lane {
    private final String name;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;

    Lane(String name) {
      this.name = name;
    }

    void run(Runnable task) {
      synchronized (this) {
        waiting.add(task);
        if (running >= THREADS_OF_A_LANE && !threads.isShutdown()) {
          return;
        }
        running++;
      }
      begin();
    }

    private void begin() {
      try {
        threads.execute(this::work);
      } catch (RejectedExecutionException | OutOfMemoryError e) {
        if (leave()) {
          drain();
        }
      }
    }

    /** Returns whether none is left that does what waits. */
    private synchronized boolean leave() {
      running--;
      return running == 0 || threads.isShutdown();
    }

    private void work() {
      for (Runnable task = next(); task != null; task = next()) {
        boolean done = false;
        try {
          task.run();
          done = true;
        } finally {
          if (!done) {
            goOn();
          }
        }
      }
    }

    private synchronized Runnable next() {
      Runnable task = waiting.poll();
      if (task == null) {
        running--;
        if (running == 0) {
          lanes.remove(name, this);
        }
      }
      return task;
    }

    /** An error ends this thread; another one goes on with what waits. */
    private void goOn() {
      synchronized (this) {
        if (waiting.isEmpty()) {
          running--;
          return;
        }
      }
      begin();
    }

    /** Does what waits, in this thread. */
    void drain() {
      for (Runnable task = poll(); task != null; task = poll()) {
        task.run();
      }
    }

    private synchronized Runnable poll() {
      return waiting.poll();
    }
  }
}
