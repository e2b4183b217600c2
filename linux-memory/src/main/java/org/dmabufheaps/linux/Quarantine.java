// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Slices that were released and may not be used again yet. Each is in a list, or in the hands of
 * the one thread that tries it.
 *
 * <p>Has a thread while there is something to try, which asks again after pauses that grow.
 */
final class Quarantine {
  private static final String THREAD = "dmabuf-region";
  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LONGEST_PAUSE_MILLIS = 400;

  /** What came of a try. */
  enum Outcome {
    /** The slice has left. */
    DONE,
    /** To be tried again. */
    AGAIN,
    /** Not to be tried again while the region is open. */
    NEVER
  }

  private final Kernel kernel;
  private final Function<SliceMemory, Outcome> settle;
  private final AtomicLong bytes = new AtomicLong();

  /** Guarded by this. */
  private final Deque<SliceMemory> waiting = new ArrayDeque<>();

  /** Guarded by this. */
  private final List<SliceMemory> hopeless = new ArrayList<>();

  /** Whether the region was closed, after which nothing is hopeless. Guarded by this. */
  private boolean closed;

  /** Guarded by this. */
  private boolean threaded;

  /**
   * Makes an empty one.
   *
   * @param kernel is tidied before the thread tries: a view may have to be replaced first
   * @param settle tries a slice
   */
  Quarantine(Kernel kernel, Function<SliceMemory, Outcome> settle) {
    this.kernel = kernel;
    this.settle = settle;
  }

  /** Returns the bytes that are here. */
  long bytes() {
    return bytes.get();
  }

  /** Counts memory that is set aside for good. */
  void count(long more) {
    bytes.addAndGet(more);
  }

  /** Tries a slice, which stays here unless that is done. */
  void take(SliceMemory slice) {
    bytes.addAndGet(slice.bytes());
    tryOnce(slice);
  }

  private void tryOnce(SliceMemory slice) {
    switch (settle.apply(slice)) {
      case DONE -> bytes.addAndGet(-slice.bytes());
      case AGAIN -> putBack(slice);
      case NEVER -> giveUp(slice);
    }
  }

  /** Whoever decided that may have done so before the region was closed: it is tried once more. */
  private void giveUp(SliceMemory slice) {
    synchronized (this) {
      if (!closed) {
        hopeless.add(slice);
        return;
      }
    }
    tryOnce(slice);
  }

  private void putBack(SliceMemory slice) {
    boolean start;
    synchronized (this) {
      waiting.add(slice);
      start = !threaded;
      threaded = true;
    }
    if (start) {
      start();
    }
  }

  private void start() {
    Thread thread = new Thread(this::watch, THREAD);
    thread.setDaemon(true);
    boolean started = false;
    try {
      thread.start();
      started = true;
    } finally {
      if (!started) {
        synchronized (this) {
          threaded = false;
        }
      }
    }
  }

  /** Tries each slice once. */
  void retry() {
    int todo;
    synchronized (this) {
      todo = waiting.size();
    }
    for (; todo > 0; todo--) {
      SliceMemory slice;
      synchronized (this) {
        slice = waiting.poll();
      }
      if (slice == null) {
        return;
      }
      tryOnce(slice);
    }
  }

  /** Tries everything once more: the region was closed, which settles it. */
  void retryAll() {
    synchronized (this) {
      closed = true;
      waiting.addAll(hopeless);
      hopeless.clear();
    }
    retry();
  }

  private void watch() {
    long pause = FIRST_PAUSE_MILLIS;
    do {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
      // Nobody means this thread; it ends with the last slice.
      Thread.interrupted();
      kernel.tidy();
      retry();
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    } while (isNeeded());
  }

  /** Tells whether the thread goes on; if not, the next slice starts another. */
  private synchronized boolean isNeeded() {
    threaded = !waiting.isEmpty();
    return threaded;
  }
}
