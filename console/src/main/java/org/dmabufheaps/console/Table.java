// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.ArrayList;
import java.util.List;

/** Text in columns as wide as what is in them. */
final class Table {
  private static final String GAP = "  ";

  private final String[] columns;
  private final List<String[]> rows = new ArrayList<>();

  /**
   * Makes an empty table.
   *
   * @param columns the headings; one that starts with {@code >} is aligned to the right, and one
   *     that starts with {@code ?} left out when every cell in it is empty or {@code "-"}
   */
  Table(String... columns) {
    this.columns = columns;
  }

  /** Adds a row, one cell for each column. */
  Table row(Object... cells) {
    if (cells.length != columns.length) {
      throw new IllegalArgumentException(cells.length + " cells in " + columns.length + " columns");
    }
    String[] row = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      row[i] = String.valueOf(cells[i]).replaceAll("\\p{Cntrl}", " ");
    }
    rows.add(row);
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Returns the heading and the rows, without blanks at the end of a line. */
  List<String> lines() {
    List<StringBuilder> lines = new ArrayList<>();
    for (int i = 0; i <= rows.size(); i++) {
      lines.add(new StringBuilder());
    }
    for (int column = 0; column < columns.length; column++) {
      if (isShown(column)) {
        append(lines, column);
      }
    }
    return lines.stream().map(line -> line.toString().stripTrailing()).toList();
  }

  private boolean isShown(int column) {
    return !columns[column].startsWith("?")
        || rows.stream().anyMatch(row -> !row[column].isEmpty() && !row[column].equals("-"));
  }

  private void append(List<StringBuilder> lines, int column) {
    boolean right = columns[column].contains(">");
    List<String> cells = new ArrayList<>();
    cells.add(columns[column].replaceAll("^[?>]+", ""));
    rows.forEach(row -> cells.add(row[column]));
    int width = cells.stream().mapToInt(Table::width).max().orElse(0);
    for (int i = 0; i < cells.size(); i++) {
      StringBuilder line = lines.get(i);
      String padding = " ".repeat(width - width(cells.get(i)));
      line.append(line.isEmpty() && isFirst(column) ? "" : GAP);
      line.append(right ? padding : "").append(cells.get(i)).append(right ? "" : padding);
    }
  }

  private boolean isFirst(int column) {
    for (int before = 0; before < column; before++) {
      if (isShown(before)) {
        return false;
      }
    }
    return true;
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
