// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.report.Stats;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;

/** How quickly the pool gives its memory back, and what others feel of it. */
public final class ShrinkRow implements Row {
  /** Its name. */
  public static final String NAME = "shrink";

  private static final List<Long> SIZES = List.of(Sizes.B1M, Sizes.RGBA);
  private static final long POOL_BYTES = 192L << 20;

  /** What is freed at once; a freelist is bounded. */
  private static final long PIECE_BYTES = 32L << 20;

  private static final long NEIGHBOUR = Sizes.B64K;
  private static final int FLOOR_SAMPLES = 30;

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series of the rate. */
  public static Key rate(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "GB/s");
  }

  @Override
  public void run(Bench bench) throws IOException {
    if (!bench.hasPool()) {
      return;
    }
    Client client = bench.pooled();
    Histogram neighbour = Percentiles.histogram();
    for (long size : bench.options().sizes(SIZES)) {
      bench.say(NAME + ", " + Sizes.name(size));
      for (int round = 0; round < bench.options().rounds(); round++) {
        floor(bench, FloorKind.RELEASE, size);
        floor(bench, FloorKind.PUNCH, size);
        shrink(bench, client, size, neighbour);
      }
    }
    Percentiles.report(bench, NAME, "allocate beside it", NEIGHBOUR, neighbour);
  }

  private static void floor(Bench bench, FloorKind kind, long size) throws IOException {
    long[] ns = bench.floor().time(kind, size, 1, FLOOR_SAMPLES);
    double[] rates = new double[ns.length];
    for (int i = 0; i < ns.length; i++) {
      rates[i] = (double) size / ns[i];
    }
    bench.add(rate(kind.title(), size), Stats.of(rates).median());
  }

  private static void shrink(Bench bench, Client client, long size, Histogram neighbour)
      throws IOException {
    Use use = new Use(bench.random(), 1);
    int count = (int) (POOL_BYTES / size);
    try (Source source = client.source();
        Source other = client.source()) {
      source.allocate(0, count, size);
      for (int slot = 0; slot < count; slot++) {
        use.touch(source, slot);
      }
      int piece = (int) Math.max(1, PIECE_BYTES / size);
      for (int slot = 0; slot < count; slot += piece) {
        source.free(slot, Math.min(piece, count - slot));
        source.settle(0);
      }
      AtomicBoolean over = new AtomicBoolean();
      Thread allocates = new Thread(() -> allocate(other, over, neighbour), "beside shrink");
      allocates.start();
      long begun = System.nanoTime();
      long freed = client.shrink();
      double nanos = System.nanoTime() - begun;
      over.set(true);
      allocates.join();
      if (freed > 0) {
        bench.add(rate("shrink", size), freed / nanos);
        bench.count(new Key(NAME, "shrink", size, "bytes"), freed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Small buffers that are cleared inline, as long as the shrinker is at work. */
  private static void allocate(Source source, AtomicBoolean over, Histogram neighbour) {
    try {
      while (!over.get()) {
        long begun = System.nanoTime();
        source.allocate(0, 1, NEIGHBOUR);
        neighbour.recordValue(System.nanoTime() - begun);
        source.free(0, 1);
      }
    } catch (IOException e) {
      throw new IllegalStateException("beside the shrinker", e);
    }
  }
}
