// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Source;

/** Allocate alone and close alone, each buffer timed by itself: percentiles up to 99.99. */
public final class TailRow implements Row {
  /** Its name. */
  public static final String NAME = "tail";

  private static final List<Long> SIZES = List.of(Sizes.B4K, Sizes.B64K, Sizes.B1M);
  private static final int SLICE_MILLIS = 500;
  private static final int WARM_SLICES = 2;
  private static final int FLOOR_SAMPLES = 1000;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void run(Bench bench) throws IOException {
    for (long size : bench.options().sizes(SIZES)) {
      bench.say(NAME + ", " + Sizes.name(size));
      run(bench, size);
    }
  }

  private static void run(Bench bench, long size) throws IOException {
    List<Tail> tails = new ArrayList<>();
    for (String subject : Subjects.product(bench)) {
      tails.add(new Tail(bench, subject, size));
    }
    Histogram direct = Percentiles.histogram();
    int slices = bench.options().seconds() * 1000 / SLICE_MILLIS;
    for (int slice = 0; slice < slices + WARM_SLICES; slice++) {
      boolean counts = slice >= WARM_SLICES;
      for (Tail tail : tails) {
        tail.run(counts);
      }
      if (counts) {
        floor(bench, size, direct);
      }
    }
    for (Tail tail : tails) {
      tail.report();
    }
    Percentiles.report(bench, NAME, Subjects.DIRECT + ", whole", size, direct);
  }

  private static void floor(Bench bench, long size, Histogram direct) throws IOException {
    int samples = size > Sizes.B64K ? FLOOR_SAMPLES / 10 : FLOOR_SAMPLES;
    for (long ns : bench.floor().time(FloorKind.DIRECT, size, 1, samples)) {
      direct.recordValue(ns);
    }
  }

  /** One subject. */
  private static final class Tail {
    private final Bench bench;
    private final String subject;
    private final long size;
    private final Use use;
    private final Source source;
    private final Histogram allocate = Percentiles.histogram();
    private final Histogram close = Percentiles.histogram();

    Tail(Bench bench, String subject, long size) throws IOException {
      this.bench = bench;
      this.subject = subject;
      this.size = size;
      use = new Use(bench.random(), 1);
      source = Subjects.open(bench, subject);
    }

    /** Half a second of buffers, one after the other, with the pool as full as it was. */
    void run(boolean counts) throws IOException {
      long until = System.nanoTime() + SLICE_MILLIS * 1_000_000L;
      source.settle(0);
      for (int n = 1; System.nanoTime() < until; n++) {
        long t0 = System.nanoTime();
        source.allocate(0, 1, size);
        long t1 = System.nanoTime();
        use.write(source, 0);
        long t2 = System.nanoTime();
        source.free(0, 1);
        long t3 = System.nanoTime();
        if (counts) {
          allocate.recordValue(t1 - t0);
          close.recordValue(t3 - t2);
        }
        if (n % BurstCell.burstOf(size) == 0) {
          source.settle(0);
        }
      }
    }

    void report() throws IOException {
      Percentiles.report(bench, NAME, subject + ", allocate", size, allocate);
      Percentiles.report(bench, NAME, subject + ", close", size, close);
      bench.count(new Key(NAME, subject, size, "checked"), use.checked());
      source.close();
    }
  }
}
