// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.List;

/**
 * What should take the same time in every round: 1 MiB of hot memory, cleared in C. When it does
 * not, the machine was not quiet, and the row that was measured then proves nothing.
 */
public final class Control {
  /** Its name among the subjects. */
  public static final String SUBJECT = "control";

  private static final double MAX_SPREAD = 0.15;
  private static final long BYTES = 1 << 20;

  private Control() {}

  /**
   * Names the control's series.
   *
   * @param row measured beside it
   * @return the series
   */
  public static Key key(String row) {
    return new Key(row, SUBJECT, BYTES, "ns");
  }

  /**
   * Tells whether the machine was not quiet.
   *
   * @param results what was measured
   * @param row the row
   * @return whether its quartiles are more than 15 % apart
   */
  public static boolean moved(Results results, String row) {
    List<Double> figures = results.figures(key(row));
    return !figures.isEmpty()
        && Stats.of(figures.stream().mapToDouble(Double::doubleValue).toArray()).spread()
            > MAX_SPREAD;
  }
}
