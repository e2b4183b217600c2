// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.Arrays;
import org.dmabufheaps.bench.floor.Floor;
import org.dmabufheaps.bench.floor.FloorKind;

/** An operation of the floor. */
final class FloorCell implements Cell {
  private static final long BATCH_NANOS = 100_000;
  private static final int MIN_SAMPLES = 3;
  private static final int MAX_SAMPLES = 2_000;

  private final Floor floor;
  private final FloorKind kind;
  private final long size;
  private long batchNanos;
  private int batch = 1;

  FloorCell(Floor floor, FloorKind kind, long size) {
    this.floor = floor;
    this.kind = kind;
    this.size = size;
  }

  @Override
  public String subject() {
    return kind.title();
  }

  /** The first run finds out how many operations make a batch that can be timed. */
  private void size() throws IOException {
    long[] ns = floor.time(kind, size, 1, MIN_SAMPLES);
    long one = Math.max(1, Arrays.stream(ns).min().orElseThrow());
    boolean single = kind == FloorKind.RELEASE || kind == FloorKind.PUNCH;
    batch = single ? 1 : (int) Math.max(1, BATCH_NANOS / one);
    batchNanos = one * batch;
  }

  @Override
  public double[] run(long nanos) throws IOException {
    if (batchNanos == 0) {
      size();
    }
    int samples = (int) Math.min(MAX_SAMPLES, Math.max(MIN_SAMPLES, nanos / batchNanos));
    return Arrays.stream(floor.time(kind, size, batch, samples))
        .mapToDouble(ns -> (double) ns / batch)
        .toArray();
  }
}
