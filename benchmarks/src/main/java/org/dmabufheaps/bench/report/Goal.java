// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A goal: the ratio of two series in each round, or a series alone, against a limit.
 *
 * @param id such as {@code G1}
 * @param text what it says
 * @param over the series above the line
 * @param under the series below the line; {@code null} for a series alone
 * @param atLeast whether the limit is a lower one
 * @param limit the limit
 */
public record Goal(String id, String text, Key over, Key under, boolean atLeast, double limit) {

  /** What came out. */
  public enum Verdict {
    /** It holds. */
    MET("met"),
    /** It does not. */
    NOT_MET("NOT MET"),
    /** The figures are too far apart, or the machine was not quiet. */
    INCONCLUSIVE("inconclusive"),
    /** Nothing was measured. */
    NOT_MEASURED("not measured");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** The noise above which nothing is said. */
  private static final double MAX_SPREAD = 0.25;

  /**
   * A goal, judged.
   *
   * @param goal the goal
   * @param stats of the figure over the rounds; {@code null} when there is none
   * @param verdict what came out
   */
  public record Judged(Goal goal, Stats stats, Verdict verdict) {}

  /**
   * Makes a goal.
   *
   * @param id of it
   * @param text what it says
   * @param over the series above the line
   * @param under the series below the line
   * @param limit the least that meets it
   * @return the goal
   */
  public static Goal ratioAtLeast(String id, String text, Key over, Key under, double limit) {
    return new Goal(id, text, over, under, true, limit);
  }

  /**
   * Makes a goal.
   *
   * @param id of it
   * @param text what it says
   * @param over the series above the line
   * @param under the series below the line
   * @param limit the most that meets it
   * @return the goal
   */
  public static Goal ratioAtMost(String id, String text, Key over, Key under, double limit) {
    return new Goal(id, text, over, under, false, limit);
  }

  /**
   * Makes a goal.
   *
   * @param id of it
   * @param text what it says
   * @param key the series
   * @param limit the most that meets it
   * @return the goal
   */
  public static Goal atMost(String id, String text, Key key, double limit) {
    return new Goal(id, text, key, null, false, limit);
  }

  /**
   * Makes a goal.
   *
   * @param id of it
   * @param text what it says
   * @param key the series
   * @param limit the least that meets it
   * @return the goal
   */
  public static Goal atLeast(String id, String text, Key key, double limit) {
    return new Goal(id, text, key, null, true, limit);
  }

  /**
   * Judges it.
   *
   * @param results what was measured
   * @return the verdict; a figure that one round alone gave is taken as it is
   */
  public Judged judge(Results results) {
    double[] figures = figures(results);
    if (figures.length == 0) {
      return new Judged(this, null, Verdict.NOT_MEASURED);
    }
    Stats stats = Stats.of(figures);
    boolean met = atLeast ? stats.median() >= limit : stats.median() <= limit;
    if (stats.spread() > MAX_SPREAD || Control.moved(results, over.row())) {
      return new Judged(this, stats, Verdict.INCONCLUSIVE);
    }
    return new Judged(this, stats, met ? Verdict.MET : Verdict.NOT_MET);
  }

  /** Ratios of the rounds that have both figures. */
  private double[] figures(Results results) {
    List<Double> above = results.figures(over);
    List<Double> below = under == null ? above : results.figures(under);
    return IntStream.range(0, Math.min(above.size(), below.size()))
        .mapToDouble(i -> under == null ? above.get(i) : above.get(i) / below.get(i))
        .filter(Double::isFinite)
        .toArray();
  }
}
