// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured: for each series one figure per round. For one thread. */
public final class Results {
  private final Map<Key, List<Double>> series = new LinkedHashMap<>();
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<String> leftOut = new ArrayList<>();

  /**
   * Adds a figure.
   *
   * @param key the series
   * @param figure of the next round
   */
  public void add(Key key, double figure) {
    series.computeIfAbsent(key, k -> new ArrayList<>()).add(figure);
  }

  /**
   * Gives a series its place, before its first figure comes.
   *
   * @param key the series
   */
  public void declare(Key key) {
    series.computeIfAbsent(key, k -> new ArrayList<>());
  }

  /**
   * Notes what the figures depend on.
   *
   * @param name such as {@code kernel}
   * @param value of it
   */
  public void fact(String name, String value) {
    facts.put(name, value);
  }

  /**
   * Notes what was not measured.
   *
   * @param what and why
   */
  public void leaveOut(String what) {
    if (!leftOut.contains(what)) {
      leftOut.add(what);
    }
  }

  /**
   * Finds a series.
   *
   * @param key the series
   * @return its figures by round, none when it was not measured
   */
  public List<Double> figures(Key key) {
    return series.getOrDefault(key, List.of());
  }

  /**
   * Returns all series.
   *
   * @return in the order of measuring
   */
  public Map<Key, List<Double>> series() {
    return series;
  }

  /**
   * Returns the facts.
   *
   * @return by name
   */
  public Map<String, String> facts() {
    return facts;
  }

  /**
   * Returns what was left out.
   *
   * @return with reasons
   */
  public List<String> leftOut() {
    return leftOut;
  }
}
