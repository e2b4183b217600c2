// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import org.HdrHistogram.Histogram;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.report.Key;

/** Percentiles of many times. */
public final class Percentiles {
  private static final long MAX_NANOS = 60_000_000_000L;
  private static final int DIGITS = 3;

  private static final double[] WANTED = {50, 90, 99, 99.9, 99.99};

  /** A percentile is given when there are so many samples above it. */
  private static final int ABOVE = 5;

  private Percentiles() {}

  static Histogram histogram() {
    Histogram histogram = new Histogram(MAX_NANOS, DIGITS);
    histogram.setAutoResize(true);
    return histogram;
  }

  /**
   * Names the series of a percentile.
   *
   * @param row of it
   * @param subject of it
   * @param bytes the size
   * @param percentile such as 99.9
   * @return the series, in nanoseconds
   */
  public static Key key(String row, String subject, long bytes, double percentile) {
    String number = percentile == Math.rint(percentile) ? "%.0f" : "%s";
    return new Key(row, subject, bytes, "ns p" + String.format(number, percentile));
  }

  static void report(Bench bench, String row, String subject, long bytes, Histogram histogram)
      throws IOException {
    long count = histogram.getTotalCount();
    for (double percentile : WANTED) {
      if (count * (100 - percentile) / 100 >= ABOVE) {
        bench.count(
            key(row, subject, bytes, percentile), histogram.getValueAtPercentile(percentile));
      }
    }
    if (count > 0) {
      bench.count(new Key(row, subject, bytes, "ns max"), histogram.getMaxValue());
      bench.count(new Key(row, subject, bytes, "samples"), count);
    }
  }
}
