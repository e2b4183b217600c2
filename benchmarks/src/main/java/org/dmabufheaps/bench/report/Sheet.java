// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.ArrayList;
import java.util.List;

/** Lines of cells, as aligned text or as Markdown. */
final class Sheet {
  private final String title;
  private final List<String[]> lines = new ArrayList<>();

  Sheet(String title, String... head) {
    this.title = title;
    lines.add(head);
  }

  void add(String... cells) {
    lines.add(cells);
  }

  boolean isEmpty() {
    return lines.size() < 2;
  }

  private int[] widths() {
    int[] widths = new int[lines.get(0).length];
    for (String[] line : lines) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], line[column].length());
      }
    }
    return widths;
  }

  /** The first two columns to the left, figures to the right. */
  String text(int leftColumns) {
    int[] widths = widths();
    StringBuilder out = new StringBuilder(title).append("\n\n");
    for (String[] line : lines) {
      StringBuilder row = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        String format =
            "%" + (column < leftColumns ? "-" : "") + Math.max(1, widths[column]) + "s  ";
        row.append(String.format(format, line[column]));
      }
      out.append("  ").append(row.toString().stripTrailing()).append('\n');
    }
    return out.append('\n').toString();
  }

  String markdown(int leftColumns) {
    StringBuilder out = new StringBuilder("### ").append(title).append("\n\n");
    out.append(markdownLine(lines.get(0)));
    for (int column = 0; column < lines.get(0).length; column++) {
      out.append(column < leftColumns ? "|---" : "|--:");
    }
    out.append("|\n");
    lines.subList(1, lines.size()).forEach(line -> out.append(markdownLine(line)));
    return out.append('\n').toString();
  }

  private static String markdownLine(String... cells) {
    return "| " + String.join(" | ", cells).replace(">=", "≥").replace("<=", "≤") + " |\n";
  }
}
