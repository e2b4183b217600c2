// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.Random;
import java.util.function.Supplier;
import org.dmabufheaps.bench.source.Books;
import org.dmabufheaps.bench.source.Source;

/**
 * What a miss costs: all clean buffers of a size are taken and held, then one more is timed. When
 * dirty, as many were freed just before, so that only dirty ones are there.
 */
final class MissCell implements Cell {
  private static final int SAMPLES = 3;
  private static final long MAX_HELD_BYTES = 1L << 30;

  private final String subject;
  private final Source source;
  private final long size;
  private final boolean dirty;
  private final Use use;
  private final Supplier<Books> books;
  private final int burst;

  MissCell(
      String subject,
      Source source,
      long size,
      boolean dirty,
      Random random,
      Supplier<Books> books) {
    this.subject = subject;
    this.source = source;
    this.size = size;
    this.dirty = dirty;
    this.books = books;
    this.burst = BurstCell.burstOf(size);
    this.use = new Use(random, burst);
  }

  @Override
  public String subject() {
    return subject;
  }

  @Override
  public double[] run(long nanos) throws IOException {
    double[] samples = new double[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      samples[i] = dirty ? dirty() : clean();
    }
    return samples;
  }

  /** Holds what is ready, then times one more; returns nanoseconds of its allocation and free. */
  private double clean() throws IOException {
    int most = (int) Math.min(Source.SLOTS - 1, MAX_HELD_BYTES / size);
    int held = 0;
    while (held < most && books.get().pooled() >= size) {
      source.allocate(held, 1, size);
      held++;
    }
    double sample = one(held);
    source.free(0, held);
    source.settle(0);
    return sample;
  }

  /** Frees a burst of written buffers and allocates at once. */
  private double dirty() throws IOException {
    source.allocate(0, burst, size);
    for (int slot = 0; slot < burst; slot++) {
      use.write(source, slot);
    }
    source.free(0, burst);
    double sample = one(0);
    source.settle(0);
    return sample;
  }

  private double one(int slot) throws IOException {
    long t0 = System.nanoTime();
    source.allocate(slot, 1, size);
    long t1 = System.nanoTime();
    use.write(source, slot);
    long t2 = System.nanoTime();
    source.free(slot, 1);
    return t1 - t0 + System.nanoTime() - t2;
  }

  @Override
  public long checked() {
    return use.checked();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
