// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.Random;
import org.dmabufheaps.bench.source.Source;

/**
 * Allocates and frees one buffer again and again, in batches that are timed as a whole: what suits
 * allocators best that give out again what was freed last. Once in each batch, untimed, a buffer is
 * used honestly.
 */
final class PairCell implements Cell {
  private static final long BATCH_NANOS = 100_000;
  private static final int MIN_SAMPLES = 3;
  private static final int PATIENCE = 4;

  private final String subject;
  private final Source source;
  private final long size;
  private final Use use;
  private int batch;

  PairCell(String subject, Source source, long size, Random random) {
    this.subject = subject;
    this.source = source;
    this.size = size;
    this.use = new Use(random, 1);
  }

  @Override
  public String subject() {
    return subject;
  }

  @Override
  public double[] run(long nanos) throws IOException {
    // Anew for each run: the first ones are not yet compiled.
    batch = 1;
    batch = (int) Math.max(1, Math.min(1_000, BATCH_NANOS / sample()));
    Samples samples = new Samples();
    long timed = 0;
    long lastly = System.nanoTime() + PATIENCE * nanos;
    while (samples.count() < MIN_SAMPLES || (timed < nanos && System.nanoTime() < lastly)) {
      double sample = sample();
      timed += (long) (sample * batch);
      samples.add(sample);
    }
    return samples.toArray();
  }

  private double sample() throws IOException {
    long begun = System.nanoTime();
    for (int i = 0; i < batch; i++) {
      source.allocate(0, 1, size);
      source.free(0, 1);
    }
    double each = (double) (System.nanoTime() - begun) / batch;
    source.allocate(0, 1, size);
    use.write(source, 0);
    source.free(0, 1);
    return Math.max(1, each);
  }

  @Override
  public long checked() {
    return use.checked();
  }

  @Override
  public void close() {
    source.close();
  }
}
