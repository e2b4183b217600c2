// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.Random;
import java.util.function.Supplier;
import org.dmabufheaps.bench.source.Books;
import org.dmabufheaps.bench.source.Source;

/**
 * What a miss costs: buffers of a size are taken and held until the pool has none, by its own
 * count. The last of them is the sample. When dirty, some of those held are then written and freed,
 * and one is allocated at once: only memory that was not yet cleared is there.
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
    Samples samples = new Samples();
    for (int tried = 0; tried < SAMPLES; tried++) {
      double sample = sample();
      if (sample > 0) {
        samples.add(sample);
      }
    }
    return samples.toArray();
  }

  /** Returns nanoseconds of an allocation and its free; 0 when the pool was not emptied. */
  private double sample() throws IOException {
    int most = (int) Math.min(Source.SLOTS - 1, MAX_HELD_BYTES / size);
    int held = 0;
    long missed = books.get().misses();
    long sample = 0;
    while (held < most && books.get().misses() == missed) {
      sample = allocate(held);
      held++;
    }
    boolean empty = books.get().misses() != missed;
    if (dirty && empty) {
      int freed = Math.min(burst, held);
      source.free(held - freed, freed);
      held -= freed;
      sample = allocate(held);
      held++;
    }
    sample += free(held - 1);
    source.free(0, held - 1);
    source.settle(0);
    return empty ? sample : 0;
  }

  /** Allocates into a slot and uses it; returns nanoseconds of the first. */
  private long allocate(int slot) throws IOException {
    long begun = System.nanoTime();
    source.allocate(slot, 1, size);
    long nanos = System.nanoTime() - begun;
    use.write(source, slot);
    return nanos;
  }

  private long free(int slot) {
    long begun = System.nanoTime();
    source.free(slot, 1);
    return System.nanoTime() - begun;
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
