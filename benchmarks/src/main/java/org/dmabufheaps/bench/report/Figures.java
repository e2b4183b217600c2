// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.Locale;

/** Figures as people read them: three digits that count. */
final class Figures {
  private static final int DIGITS = 3;
  private static final double MANY = 10_000_000;

  private Figures() {}

  static String text(Double figure) {
    if (figure == null) {
      return "";
    }
    double size = Math.abs(figure);
    if (size == 0) {
      return "0";
    }
    if (size >= MANY) {
      return String.format(Locale.ROOT, "%.3g", figure);
    }
    int before = (int) Math.floor(Math.log10(size)) + 1;
    int after = Math.max(0, DIGITS - before);
    String text = String.format(Locale.ROOT, "%,." + Math.min(after, 6) + "f", figure);
    return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
  }
}
