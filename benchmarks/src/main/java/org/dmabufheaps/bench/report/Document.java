// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A result as it is written, in JSON.
 *
 * @param facts what the figures depend on
 * @param leftOut what was not measured, and why
 * @param goals with what came out
 * @param series all figures
 */
public record Document(
    Map<String, String> facts, List<String> leftOut, List<Outcome> goals, List<Line> series) {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  /**
   * A series.
   *
   * @param row of it
   * @param subject of it
   * @param bytes the size
   * @param unit of the figures
   * @param low the first quartile over the rounds
   * @param median over the rounds
   * @param high the third quartile
   * @param rounds each round's figure; {@code null} where there is none
   */
  public record Line(
      String row,
      String subject,
      long bytes,
      String unit,
      Double low,
      Double median,
      Double high,
      List<Double> rounds) {}

  /**
   * A goal and what came out.
   *
   * @param id of the goal
   * @param text what it says
   * @param relation {@code >=} or {@code <=}
   * @param limit of the figure
   * @param low the first quartile; {@code null} when it was not measured
   * @param figure the median
   * @param high the third quartile
   * @param verdict in words
   */
  public record Outcome(
      String id,
      String text,
      String relation,
      double limit,
      Double low,
      Double figure,
      Double high,
      String verdict) {}

  /**
   * Makes it.
   *
   * @param results what was measured
   * @param goals to judge
   * @return the document
   */
  public static Document of(Results results, List<Goal> goals) {
    List<Line> lines = new ArrayList<>();
    results.series().forEach((key, figures) -> lines.add(line(key, figures)));
    return new Document(
        results.facts(),
        results.leftOut(),
        goals.stream().map(goal -> outcome(goal.judge(results))).toList(),
        lines);
  }

  private static Line line(Key key, List<Double> figures) {
    List<Double> rounds = new ArrayList<>();
    figures.forEach(figure -> rounds.add(figure.isNaN() ? null : figure));
    double[] known =
        rounds.stream().filter(Objects::nonNull).mapToDouble(Double::doubleValue).toArray();
    Stats stats = known.length == 0 ? null : Stats.of(known);
    return new Line(
        key.row(),
        key.subject(),
        key.bytes(),
        key.unit(),
        stats == null ? null : stats.low(),
        stats == null ? null : stats.median(),
        stats == null ? null : stats.high(),
        rounds);
  }

  private static Outcome outcome(Goal.Judged judged) {
    Goal goal = judged.goal();
    Stats stats = judged.stats();
    return new Outcome(
        goal.id(),
        goal.text(),
        goal.atLeast() ? ">=" : "<=",
        goal.limit(),
        stats == null ? null : stats.low(),
        stats == null ? null : stats.median(),
        stats == null ? null : stats.high(),
        judged.verdict().toString());
  }

  /**
   * Reads one.
   *
   * @param file that was written
   * @return the document
   * @throws IOException when it can't be read
   */
  public static Document read(Path file) throws IOException {
    try (Reader in = Files.newBufferedReader(file)) {
      return GSON.fromJson(in, Document.class);
    }
  }

  /**
   * Writes it.
   *
   * @param file is made or replaced
   * @throws IOException when it can't be written
   */
  public void write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    try (Writer out = Files.newBufferedWriter(file)) {
      GSON.toJson(this, out);
      out.write('\n');
    }
  }
}
