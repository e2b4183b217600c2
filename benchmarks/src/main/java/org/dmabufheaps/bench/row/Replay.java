// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.dmabufheaps.bench.source.Books;
import org.dmabufheaps.bench.source.Source;
import org.dmabufheaps.bench.trace.Event;
import org.dmabufheaps.bench.trace.FrameTrace;

/** Plays a trace at its own speed, on one thread. Each buffer is viewed and touched. */
final class Replay {
  private static final long LATE_NANOS = 1_000_000;

  private final Source source;
  private final Use use;
  private final Supplier<Books> books;
  private final Histogram steady = Percentiles.histogram();
  private long late;
  private long missedBytes;
  private long missedSteadyBytes;
  private long allBytes;
  private long allSteadyBytes;
  private long misses;
  private long requested;
  private double asked;
  private double footprint;
  private double live;

  /**
   * Prepares it.
   *
   * @param source of the buffers; {@code null} for none, which is the control
   * @param use of the buffers
   * @param books what the pool holds; {@code null} where there is none
   */
  Replay(Source source, Use use, Supplier<Books> books) {
    this.source = source;
    this.use = use;
    this.books = books;
  }

  void run(List<Event> events) throws IOException {
    misses = books == null ? 0 : books.get().misses();
    Slots slots = new Slots(events.size());
    long begun = System.nanoTime();
    for (Event event : events) {
      long due = begun + event.micros() * 1_000;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      if (System.nanoTime() - due > LATE_NANOS) {
        late++;
      }
      if (source != null) {
        play(event, slots);
      }
    }
  }

  private void play(Event event, Slots slots) throws IOException {
    if (!event.comes()) {
      source.free(slots.give(event.id()), 1);
      requested -= event.size();
      return;
    }
    int slot = slots.take(event.id());
    long begun = System.nanoTime();
    source.allocate(slot, 1, event.size());
    long nanos = System.nanoTime() - begun;
    if (FrameTrace.steady(event.micros())) {
      steady.recordValue(nanos);
    }
    requested += event.size();
    use.touch(source, slot);
    if (books != null) {
      look(event);
    }
  }

  /** Finds out whether that was a hit, and what memory there is. */
  private void look(Event event) {
    Books now = books.get();
    long missed = now.misses() > misses ? event.size() : 0;
    misses = now.misses();
    allBytes += event.size();
    missedBytes += missed;
    if (FrameTrace.steady(event.micros())) {
      allSteadyBytes += event.size();
      missedSteadyBytes += missed;
    }
    footprint += now.live() + now.pooled() + now.pending();
    live += now.live();
    asked += requested;
  }

  Histogram steady() {
    return steady;
  }

  long late() {
    return late;
  }

  /** The part of all bytes that the pool gave. */
  double hitShare() {
    return 1 - (double) missedBytes / allBytes;
  }

  double steadyHitShare() {
    return allSteadyBytes == 0 ? Double.NaN : 1 - (double) missedSteadyBytes / allSteadyBytes;
  }

  /** All memory that is held for each byte in use, over time. */
  double footprint() {
    return footprint / live;
  }

  /** What is allocated beyond what was asked for, as a part of that, over time. */
  double waste() {
    return live / asked - 1;
  }
}
