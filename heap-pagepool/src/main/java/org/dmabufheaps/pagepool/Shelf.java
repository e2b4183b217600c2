// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The idle buffers of one size. What is given lies in the depot, the youngest on top; threads take
 * from magazines, each filled from the depot a few at a time, so that two of them hardly ever meet
 * at one place in memory: that would cost more than the whole rest of an allocation.
 */
final class Shelf {
  /** A magazine holds so many. */
  private static final int ROUNDS = 8;

  /** Magazines' locks lie so many ints apart, which is a cache line and its neighbour. */
  private static final int APART = 32;

  private static final int MAGAZINES =
      Integer.highestOneBit(Math.min(16, 2 * Runtime.getRuntime().availableProcessors()));

  /** Of a size that is in use, so many buffers at most don't grow old. */
  private static final int MOST_SPARE = 4;

  /** So long they don't, after a client found none. */
  private static final long SPARE_NANOS = 60_000_000_000L;

  /** The size of its buffers. */
  final long bytes;

  /** By magazine, 1 while a thread is at it; who finds it so goes to the next. */
  private final AtomicIntegerArray busy = new AtomicIntegerArray(MAGAZINES * APART);

  // Guarded by the magazine's lock.
  private final Idle[][] magazines = new Idle[MAGAZINES][];
  private final int[] counts = new int[MAGAZINES * APART];

  /** Guarded by itself. */
  private final Deque<Idle> depot = new ArrayDeque<>();

  // Guarded by the depot.
  private int spare;
  private long spareUntilNanos;

  Shelf(long bytes) {
    this.bytes = bytes;
  }

  /** Puts a buffer into the depot. */
  void put(Idle idle) {
    synchronized (depot) {
      depot.addLast(idle);
    }
  }

  /** A client found none: one buffer more is needed than there were. */
  void missed(long nowNanos) {
    synchronized (depot) {
      spare = Math.min(MOST_SPARE, spareAt(nowNanos) + 1);
      spareUntilNanos = nowNanos + SPARE_NANOS;
    }
  }

  private int spareAt(long nowNanos) {
    return spareUntilNanos - nowNanos > 0 ? spare : 0;
  }

  /**
   * Returns how many of those that came before a point in time are needed all the same: now and
   * then two clients come at once. None, when none came later.
   */
  int spare(long beforeNanos, long nowNanos) {
    gather();
    synchronized (depot) {
      boolean inUse = !depot.isEmpty() && depot.peekLast().sinceNanos() - beforeNanos >= 0;
      return inUse ? spareAt(nowNanos) : 0;
    }
  }

  /** Whether nothing is on it, and nobody found that so lately. */
  boolean isForgettable() {
    if (count() > 0) {
      return false;
    }
    synchronized (depot) {
      return spareAt(System.nanoTime()) == 0;
    }
  }

  /** Takes a buffer, one that was cleared lately if it can be; {@code null} when there is none. */
  Idle take() {
    int home = (int) Thread.currentThread().getId();
    for (int i = 0; i < MAGAZINES; i++) {
      int at = (home + i) & (MAGAZINES - 1);
      if (busy.compareAndSet(at * APART, 0, 1)) {
        try {
          Idle idle = pop(at, i == 0);
          if (idle != null) {
            return idle;
          }
        } finally {
          busy.set(at * APART, 0);
        }
      }
    }
    synchronized (depot) {
      return depot.pollLast();
    }
  }

  private Idle pop(int at, boolean fill) {
    if (counts[at * APART] == 0 && fill) {
      fill(at);
    }
    int count = counts[at * APART];
    if (count == 0) {
      return null;
    }
    Idle[] magazine = magazines[at];
    Idle top = magazine[count - 1];
    magazine[count - 1] = null;
    counts[at * APART] = count - 1;
    return top;
  }

  /** Takes half of what is there at most: the rest is for other threads. */
  private void fill(int at) {
    if (magazines[at] == null) {
      magazines[at] = new Idle[ROUNDS];
    }
    synchronized (depot) {
      int many = Math.min(ROUNDS, (depot.size() + 1) / 2);
      for (int slot = many - 1; slot >= 0; slot--) {
        magazines[at][slot] = depot.pollLast();
      }
      counts[at * APART] = many;
    }
  }

  /**
   * Returns how many are there; exact while nobody takes or gives. 0 only when there is none, as
   * long as nobody gives.
   */
  synchronized int count() {
    int count;
    synchronized (depot) {
      count = depot.size();
    }
    for (int at = 0; at < MAGAZINES; at++) {
      lock(at);
      count += counts[at * APART];
      busy.set(at * APART, 0);
    }
    return count;
  }

  /** Takes up to so many away, the oldest first, of those that came before a point in time. */
  List<Idle> evict(int most, long beforeNanos) {
    gather();
    List<Idle> evicted = new ArrayList<>();
    synchronized (depot) {
      while (evicted.size() < most
          && !depot.isEmpty()
          && depot.peekFirst().sinceNanos() - beforeNanos < 0) {
        evicted.add(depot.pollFirst());
      }
    }
    return evicted;
  }

  /** Returns since when the oldest has been waiting. */
  long oldestNanos(long ifThereIsNone) {
    gather();
    synchronized (depot) {
      return depot.isEmpty() ? ifThereIsNone : depot.peekFirst().sinceNanos();
    }
  }

  /** Brings what lies in magazines back to the depot, below what is younger. */
  private synchronized void gather() {
    List<Idle> all = new ArrayList<>();
    for (int at = 0; at < MAGAZINES; at++) {
      lock(at);
      for (int slot = counts[at * APART] - 1; slot >= 0; slot--) {
        all.add(magazines[at][slot]);
        magazines[at][slot] = null;
      }
      counts[at * APART] = 0;
      busy.set(at * APART, 0);
    }
    if (all.isEmpty()) {
      return;
    }
    synchronized (depot) {
      all.addAll(depot);
      all.sort((a, b) -> Long.signum(a.sinceNanos() - b.sinceNanos()));
      depot.clear();
      depot.addAll(all);
    }
  }

  /** Held for a few instructions only, by all who hold it. */
  private void lock(int at) {
    while (!busy.compareAndSet(at * APART, 0, 1)) {
      Thread.onSpinWait();
    }
  }
}
