// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.FdPoll;
import org.osgi.service.log.Logger;

/**
 * The one thread that waits for all sockets of a bundle and does what is to be done with them. What
 * belongs to a connection is touched by this thread only, so nothing is locked.
 */
final class PollLoop {
  private static final long STOP_MILLIS = 2_000;

  private final FdPoll poll;
  private final Logger log;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Set<Peers> peers = ConcurrentHashMap.newKeySet();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(timer -> timer.nanos));
  private volatile boolean stopping;
  private volatile boolean ended;

  PollLoop(String name, FdPoll poll, Logger log) {
    this.poll = poll;
    this.log = log;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** A socket's owner, told in the loop's thread. */
  interface Ready {
    void ready() throws IOException;
  }

  /** Something with sockets, ended with the loop. */
  interface Peers {
    /** Closes every socket and gives everything back, in the loop's thread or after its end. */
    void end();
  }

  private record Timer(long nanos, Runnable task) {}

  void start() {
    thread.start();
  }

  FdPoll poll() {
    return poll;
  }

  /** Takes something in; it is ended at once when the loop has ended. */
  void add(Peers some) {
    peers.add(some);
    if (ended) {
      remove(some);
      some.end();
    }
  }

  void remove(Peers some) {
    peers.remove(some);
  }

  boolean hasEnded() {
    return ended;
  }

  /** Runs a task in the loop's thread; not at all when the loop has ended. */
  void execute(Runnable task) {
    if (!ended) {
      tasks.add(task);
      poll.wake();
    }
  }

  /** Runs a task later. In the loop's thread only. */
  void after(long millis, Runnable task) {
    timers.add(new Timer(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), task));
  }

  private void run() {
    try {
      while (!stopping) {
        List<FdPoll.Watched> ready = poll.await(millisToNextTimer());
        ready.forEach(watched -> handle((Ready) watched.key()));
        runTasks();
        runTimers();
      }
    } catch (BufferClosedException e) {
      log.debug("streams end: {}", e.getMessage());
    } catch (IOException | RuntimeException | Error e) {
      log.error("streams end, for waiting failed", e);
    } finally {
      end();
    }
  }

  private void handle(Ready owner) {
    try {
      owner.ready();
    } catch (IOException | RuntimeException e) {
      log.warn("serving {} failed", owner, e);
    }
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      handle(task::run);
    }
  }

  private void runTimers() {
    while (!timers.isEmpty() && timers.peek().nanos - System.nanoTime() <= 0) {
      handle(timers.poll().task::run);
    }
  }

  /** 0 is without limit. */
  private long millisToNextTimer() {
    if (timers.isEmpty()) {
      return 0;
    }
    long nanos = timers.peek().nanos - System.nanoTime();
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }

  private void end() {
    ended = true;
    for (Peers some : peers) {
      remove(some);
      handle(some::end);
    }
    poll.close();
  }

  /**
   * Ends the loop and all that is served by it, and waits for that; not for ever, for what depends
   * on a frame's return may be stuck in foreign code.
   *
   * @return whether it has ended
   */
  boolean stop() {
    stopping = true;
    poll.wake();
    if (Thread.currentThread() == thread) {
      return true;
    }
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
