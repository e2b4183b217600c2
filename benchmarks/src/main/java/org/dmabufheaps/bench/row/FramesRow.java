// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;

/**
 * Frames that come at their pace, all at once on one thread: 1 MiB 240 times a second, NV12 120
 * times, RGBA 60 times; four of each are live. Each is viewed and written.
 */
public final class FramesRow implements Row {
  /** Its name. */
  public static final String NAME = "frames";

  private static final int LIVE = 4;
  private static final long SECOND = 1_000_000_000L;
  private static final long WARM_SECONDS = 3;

  /** Without the pool a shorter time shows enough. */
  private static final int FRESH_SECONDS = 20;

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series of misses. */
  public static Key misses(String subject) {
    return new Key(NAME, subject, 0, "misses");
  }

  @Override
  public void run(Bench bench) throws IOException {
    for (String subject : Subjects.product(bench)) {
      boolean pooled = subject.equals(Subjects.POOLED);
      int seconds = bench.options().frames();
      seconds = pooled ? seconds : Math.min(seconds, FRESH_SECONDS);
      bench.say(NAME + ", " + subject + ", " + seconds + " s");
      run(bench, subject, seconds, pooled ? bench.pooled() : null);
    }
  }

  private static void run(Bench bench, String subject, int seconds, Client pool)
      throws IOException {
    Source source = Subjects.open(bench, subject);
    List<Stream> streams =
        List.of(
            new Stream(bench, source, 0, Sizes.B1M, 240),
            new Stream(bench, source, 1, Sizes.NV12, 120),
            new Stream(bench, source, 2, Sizes.RGBA, 60));
    play(streams, Math.min(WARM_SECONDS, seconds), false);
    long missed = pool == null ? 0 : pool.books().misses();
    long late = play(streams, seconds, true);
    if (pool != null) {
      bench.count(misses(subject), pool.books().misses() - missed);
    }
    bench.count(new Key(NAME, subject, 0, "late"), late);
    for (Stream stream : streams) {
      stream.report(subject);
    }
    source.close();
  }

  /** Plays all streams for some seconds; returns how many frames were a millisecond late. */
  private static long play(List<Stream> streams, long seconds, boolean counts) throws IOException {
    long begun = System.nanoTime();
    long until = begun + seconds * SECOND;
    streams.forEach(stream -> stream.due = begun);
    long late = 0;
    Stream next = streams.get(0);
    while (next.due < until) {
      sleepUntil(next.due);
      late += System.nanoTime() - next.due > SECOND / 1000 ? 1 : 0;
      next.frame(counts);
      next.due += SECOND / next.perSecond;
      for (Stream stream : streams) {
        next = stream.due < next.due ? stream : next;
      }
    }
    return late;
  }

  private static void sleepUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Frames of one size. */
  private static final class Stream {
    private final Bench bench;
    private final Source source;
    private final int firstSlot;
    private final long size;
    private final int perSecond;
    private final Use use;
    private final Queue<Integer> live = new ArrayDeque<>();
    private final Histogram allocate = Percentiles.histogram();
    private final Histogram close = Percentiles.histogram();
    private long due;

    Stream(Bench bench, Source source, int number, long size, int perSecond) {
      this.bench = bench;
      this.source = source;
      this.firstSlot = number * LIVE;
      this.size = size;
      this.perSecond = perSecond;
      this.use = new Use(bench.random(), LIVE);
    }

    /** Closes the oldest, allocates and writes one. */
    void frame(boolean counts) throws IOException {
      int slot = firstSlot + live.size();
      if (live.size() == LIVE) {
        slot = live.remove();
        long begun = System.nanoTime();
        source.free(slot, 1);
        long nanos = System.nanoTime() - begun;
        if (counts) {
          close.recordValue(nanos);
        }
      }
      long begun = System.nanoTime();
      source.allocate(slot, 1, size);
      long nanos = System.nanoTime() - begun;
      live.add(slot);
      if (counts) {
        allocate.recordValue(nanos);
      }
      use.write(source, slot);
    }

    void report(String subject) throws IOException {
      Percentiles.report(bench, NAME, subject + ", allocate", size, allocate);
      Percentiles.report(bench, NAME, subject + ", close", size, close);
      bench.count(new Key(NAME, subject, size, "checked"), use.checked());
      while (!live.isEmpty()) {
        source.free(live.remove(), 1);
      }
    }
  }
}
