// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Stats;

/** Visits cells in rounds, each time in another order, with the control in each round. */
final class Rounds {
  private static final int WARM_ROUNDS = 2;
  private static final long CELL_NANOS = 8_000_000;
  private static final long WARM_NANOS = 200_000_000;

  private final Bench bench;
  private final String row;
  private final long size;
  private final List<Cell> cells = new ArrayList<>();

  Rounds(Bench bench, String row, long size) {
    this.bench = bench;
    this.row = row;
    this.size = size;
  }

  void add(Cell cell) {
    cells.add(cell);
  }

  /** Warms up, then measures; a cell that the system refuses is left out, with the reason. */
  void run() throws IOException {
    boolean quick = bench.options().quick();
    for (int round = 0; round < WARM_ROUNDS; round++) {
      for (Cell cell : List.copyOf(cells)) {
        warm(cell, quick ? CELL_NANOS : WARM_NANOS / WARM_ROUNDS);
      }
    }
    cells.forEach(cell -> bench.results().declare(key(cell)));
    for (int round = 0; round < bench.options().rounds(); round++) {
      bench.control(row);
      Collections.shuffle(cells, bench.random());
      for (Cell cell : cells) {
        double[] samples = cell.run(CELL_NANOS);
        // A round without a sample stays in step: NaN is not used by any ratio.
        double figure = samples.length == 0 ? Double.NaN : Stats.of(samples).median();
        bench.add(key(cell), figure, samples);
      }
    }
  }

  Key key(Cell cell) {
    return new Key(row, cell.subject(), size, "ns");
  }

  private void warm(Cell cell, long nanos) throws IOException {
    try {
      cell.run(nanos);
    } catch (IOException e) {
      if (cell instanceof FloorCell) {
        cells.remove(cell);
        bench.results().leaveOut(row + " of " + cell.subject() + ": " + e.getMessage());
      } else {
        throw e;
      }
    }
  }
}
