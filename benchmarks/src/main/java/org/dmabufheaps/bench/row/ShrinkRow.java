// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
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
  private static final long QUIET_NANOS = 1_100_000_000L;
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
        shrink(bench, client, size);
        beside(bench, client, size, neighbour);
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

  private static void shrink(Bench bench, Client client, long size) throws IOException {
    fill(bench, client, size);
    give(bench, client, "shrink", size);
  }

  private static void beside(Bench bench, Client client, long size, Histogram neighbour)
      throws IOException {
    fill(bench, client, size);
    try (Source other = client.source()) {
      AtomicBoolean over = new AtomicBoolean();
      Thread allocates = new Thread(() -> allocate(other, over, neighbour), "beside shrink");
      allocates.start();
      give(bench, client, "shrink, others allocating", size);
      over.set(true);
      allocates.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Fills the pool, which takes nothing in for a second after it was shrunk. */
  private static void fill(Bench bench, Client client, long size) throws IOException {
    LockSupport.parkNanos(QUIET_NANOS);
    Use use = new Use(bench.random(), 1);
    int count = (int) (POOL_BYTES / size);
    try (Source source = client.source()) {
      source.allocate(0, count, size);
      for (int slot = 0; slot < count; slot++) {
        use.touch(source, slot);
      }
      int piece = (int) Math.max(1, PIECE_BYTES / size);
      for (int slot = 0; slot < count; slot += piece) {
        source.free(slot, Math.min(piece, count - slot));
        source.settle(0);
      }
    }
  }

  /** Has all of it given back. */
  private static void give(Bench bench, Client client, String how, long size) throws IOException {
    long begun = System.nanoTime();
    long freed = client.shrink();
    double nanos = System.nanoTime() - begun;
    if (freed > 0) {
      bench.add(rate(how, size), freed / nanos);
      bench.count(new Key(NAME, how, size, "bytes"), freed);
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
