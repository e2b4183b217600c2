// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.Random;
import java.util.function.Supplier;
import org.dmabufheaps.bench.source.Books;
import org.dmabufheaps.bench.source.Source;

/**
 * Allocates some buffers, uses each honestly, frees them, and waits until they can be had again:
 * the first and the third are timed. A sample is the mean over the burst of allocate and free.
 */
final class BurstCell implements Cell {
  private static final int MIN_SAMPLES = 3;
  private static final int MAX_BURST = 64;
  private static final long MAX_BURST_BYTES = 32L << 20;

  /** A cell ends after so much more time than what is measured in it. */
  private static final int PATIENCE = 4;

  private final String subject;
  private final Source source;
  private final long size;
  private final int burst;
  private final Use use;
  private final Supplier<Books> books;
  private long bursts;
  private long hits;

  private BurstCell(
      String subject, Source source, long size, Random random, Supplier<Books> books) {
    this.subject = subject;
    this.source = source;
    this.size = size;
    this.burst = burstOf(size);
    this.use = new Use(random, burst);
    this.books = books;
  }

  /** A cell of a source that is always ready. */
  static BurstCell of(String subject, Source source, long size, Random random) {
    return new BurstCell(subject, source, size, random, null);
  }

  /** A cell that counts only what the pool gave. */
  static BurstCell ofHits(
      String subject, Source source, long size, Random random, Supplier<Books> books) {
    return new BurstCell(subject, source, size, random, books);
  }

  static int burstOf(long size) {
    return (int) Math.max(1, Math.min(MAX_BURST, MAX_BURST_BYTES / size));
  }

  @Override
  public String subject() {
    return subject;
  }

  @Override
  public double[] run(long nanos) throws IOException {
    Samples samples = new Samples();
    long timed = 0;
    long lastly = System.nanoTime() + PATIENCE * nanos;
    for (int tried = 0;
        tried < MIN_SAMPLES || (timed < nanos && System.nanoTime() < lastly);
        tried++) {
      double sample = burst();
      timed += (long) Math.abs(sample * burst);
      if (sample > 0) {
        samples.add(sample);
      }
    }
    return samples.toArray();
  }

  /** Returns nanoseconds for each buffer; a negative number when the pool did not give them. */
  private double burst() throws IOException {
    source.settle(burst * size);
    long before = counted();
    long t0 = System.nanoTime();
    source.allocate(0, burst, size);
    long t1 = System.nanoTime();
    long after = counted();
    for (int slot = 0; slot < burst; slot++) {
      use.write(source, slot);
    }
    long t2 = System.nanoTime();
    source.free(0, burst);
    long t3 = System.nanoTime();
    bursts++;
    boolean hit = books == null || after - before >= burst;
    hits += hit ? 1 : 0;
    double sample = (double) (t1 - t0 + t3 - t2) / burst;
    return hit ? sample : -sample;
  }

  private long counted() {
    return books == null ? 0 : books.get().hits();
  }

  /** The share of bursts that the pool gave. */
  double hitShare() {
    return bursts == 0 ? 0 : (double) hits / bursts;
  }

  @Override
  public long checked() {
    return use.checked();
  }

  @Override
  public void close() throws IOException {
    source.settle(0);
    source.close();
  }
}
