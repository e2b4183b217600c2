// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.Arrays;

/**
 * The quartiles of some figures.
 *
 * @param low the first quartile
 * @param median the second
 * @param high the third
 * @param count how many figures there were
 */
public record Stats(double low, double median, double high, int count) {

  /**
   * Computes them.
   *
   * @param figures at least one
   * @return their quartiles
   */
  public static Stats of(double... figures) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    return new Stats(
        quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75), sorted.length);
  }

  /**
   * Computes a quantile by linear interpolation.
   *
   * @param figures in any order, at least one
   * @param fraction 0 to 1
   * @return the quantile
   */
  public static double quantileOf(double[] figures, double fraction) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    return quantile(sorted, fraction);
  }

  private static double quantile(double[] sorted, double fraction) {
    if (sorted.length == 0) {
      throw new IllegalArgumentException("a quantile of nothing");
    }
    double place = fraction * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /**
   * Returns the noise.
   *
   * @return the distance between the quartiles as a part of the median
   */
  public double spread() {
    return median == 0 ? 0 : (high - low) / Math.abs(median);
  }
}
