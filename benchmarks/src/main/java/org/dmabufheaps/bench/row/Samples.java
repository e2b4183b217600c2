// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.util.Arrays;

/** A growing list of figures, without boxes. For one thread. */
final class Samples {
  private double[] figures = new double[64];
  private int count;

  void add(double figure) {
    if (count == figures.length) {
      figures = Arrays.copyOf(figures, 2 * count);
    }
    figures[count++] = figure;
  }

  int count() {
    return count;
  }

  double[] toArray() {
    return Arrays.copyOf(figures, count);
  }
}
