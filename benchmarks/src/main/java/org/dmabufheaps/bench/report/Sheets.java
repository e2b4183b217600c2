// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A result as tables for people. */
public final class Sheets {
  private static final int GOAL_LEFT = 2;
  private static final int FIGURES_LEFT = 2;
  private static final String LATENCY = "latency";

  private final Document document;

  /**
   * Makes it.
   *
   * @param document what is shown
   */
  public Sheets(Document document) {
    this.document = document;
  }

  /**
   * Prints it.
   *
   * @return aligned text
   */
  public String text() {
    StringBuilder out = new StringBuilder();
    document.facts().forEach((name, value) -> out.append(name + ": " + value + "\n"));
    out.append('\n').append(latency().isEmpty() ? "" : latency().text(1));
    rows().forEach(sheet -> out.append(sheet.text(FIGURES_LEFT)));
    out.append(goals().text(GOAL_LEFT));
    document.leftOut().forEach(line -> out.append("left out: " + line + "\n"));
    return out.toString();
  }

  /**
   * Prints it for a README.
   *
   * @return Markdown
   */
  public String markdown() {
    StringBuilder out = new StringBuilder();
    document.facts().forEach((name, value) -> out.append("* " + name + ": " + value + "\n"));
    out.append('\n').append(goals().markdown(GOAL_LEFT));
    out.append(latency().isEmpty() ? "" : latency().markdown(1));
    rows().forEach(sheet -> out.append(sheet.markdown(FIGURES_LEFT)));
    if (!document.leftOut().isEmpty()) {
      out.append("### Left out\n\n");
      document.leftOut().forEach(line -> out.append("* " + line + "\n"));
    }
    return out.toString();
  }

  private Sheet goals() {
    Sheet sheet = new Sheet("Goals", "goal", "what", "limit", "figure", "quartiles", "verdict");
    for (Document.Outcome goal : document.goals()) {
      sheet.add(
          goal.id(),
          goal.text(),
          goal.relation() + " " + Figures.text(goal.limit()),
          goal.figure() == null ? "-" : Figures.text(goal.figure()),
          goal.figure() == null
              ? "-"
              : Figures.text(goal.low()) + " - " + Figures.text(goal.high()),
          goal.verdict());
    }
    return sheet;
  }

  /** Subjects by sizes: the one table where that reads best. */
  private Sheet latency() {
    Map<String, Map<Long, Double>> subjects = new LinkedHashMap<>();
    Set<Long> sizes = new LinkedHashSet<>();
    for (Document.Line line : document.series()) {
      if (line.row().equals(LATENCY)
          && line.unit().equals("ns")
          && !line.subject().equals(Control.SUBJECT)) {
        subjects
            .computeIfAbsent(line.subject(), s -> new LinkedHashMap<>())
            .put(line.bytes(), line.median());
        sizes.add(line.bytes());
      }
    }
    List<String> head = new ArrayList<>(List.of("µs"));
    sizes.forEach(size -> head.add(Sizes.name(size)));
    Sheet sheet = new Sheet("Allocate and free, p50 in µs", head.toArray(new String[0]));
    subjects.forEach((subject, figures) -> sheet.add(cells(subject, sizes, figures)));
    return sheet;
  }

  private static String[] cells(String subject, Set<Long> sizes, Map<Long, Double> figures) {
    List<String> cells = new ArrayList<>(List.of(subject));
    for (long size : sizes) {
      Double ns = figures.get(size);
      cells.add(ns == null ? "" : Figures.text(ns / 1000));
    }
    return cells.toArray(new String[0]);
  }

  /** Each other row: subject and size by unit. */
  private List<Sheet> rows() {
    Map<String, List<Document.Line>> rows = new LinkedHashMap<>();
    for (Document.Line line : document.series()) {
      if (!line.row().equals(LATENCY) || line.unit().startsWith("hit")) {
        rows.computeIfAbsent(line.row(), r -> new ArrayList<>()).add(line);
      }
    }
    List<Sheet> sheets = new ArrayList<>();
    rows.forEach((row, lines) -> sheets.add(row(row, lines)));
    return sheets;
  }

  private static Sheet row(String row, List<Document.Line> lines) {
    Set<String> units = new LinkedHashSet<>();
    Map<List<String>, Map<String, Double>> figures = new LinkedHashMap<>();
    for (Document.Line line : lines) {
      units.add(line.unit());
      String size = line.bytes() == 0 ? "" : Sizes.name(line.bytes());
      figures
          .computeIfAbsent(List.of(line.subject(), size), k -> new LinkedHashMap<>())
          .put(line.unit(), line.median());
    }
    List<String> head = new ArrayList<>(List.of(row, "size"));
    head.addAll(units);
    Sheet sheet = new Sheet(row, head.toArray(new String[0]));
    figures.forEach(
        (who, byUnit) -> {
          List<String> cells = new ArrayList<>(who);
          units.forEach(unit -> cells.add(Figures.text(byUnit.get(unit))));
          sheet.add(cells.toArray(new String[0]));
        });
    return sheet;
  }
}
