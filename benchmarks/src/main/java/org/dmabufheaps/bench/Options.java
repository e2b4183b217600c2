// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.bench.report.Sizes;

/** What the command line says. Times are in seconds. */
public final class Options {
  private static final String USAGE =
      """
      --row NAME       one row (may be repeated); else all: ROWS
      --size NAME      one size (may be repeated); else all: SIZES
      --rounds N       rounds of each row, after two to warm up (9)
      --frames S       how long frames come at their pace (600)
      --trace S        how long each allocator gets the frame trace (60)
      --seconds S      how long percentiles are collected, for each size and subject (10)
      --short          two rounds, seconds instead of minutes: does it work? Proves nothing
      --name NAME      of the files of results (latest)
      --results DIR    where they go (benchmarks/results)
      --seed N         of the order of cells, of checks and of the trace (1)
      --aosp           only the row aosp
      --readme         no measuring: puts the table of results/NAME.json into README.md
      """;

  private final List<String> rows = new ArrayList<>();
  private final List<Long> sizes = new ArrayList<>();
  private int rounds = 9;
  private int frames = 600;
  private int trace = 60;
  private int seconds = 10;
  private boolean quick;
  private boolean readme;
  private String name = "latest";
  private long seed = 1;
  private Path home = Path.of("benchmarks");
  private Path results;
  private String cell;
  private long cellBytes;

  private Options() {}

  /**
   * Reads the arguments.
   *
   * @param known the rows that there are
   * @param arguments of the command
   * @return the options
   * @throws IllegalArgumentException when one is not known, or has no good value
   */
  public static Options parse(List<String> known, List<String> arguments) {
    Options options = new Options();
    Iterator<String> words = arguments.iterator();
    while (words.hasNext()) {
      String word = words.next();
      if (!options.flag(word)) {
        if (!words.hasNext()) {
          throw new IllegalArgumentException(word + " is no option, or needs a value");
        }
        options.value(known, word, words.next());
      }
    }
    if (options.quick) {
      options.shorten();
    }
    return options;
  }

  /**
   * Tells how the command is used.
   *
   * @param known the rows that there are
   * @return lines for people
   */
  public static String usage(List<String> known) {
    return USAGE
        .replace("ROWS", String.join(" ", known))
        .replace("SIZES", String.join(" ", Sizes.all().keySet()));
  }

  private boolean flag(String word) {
    switch (word) {
      case "--short" -> quick = true;
      case "--readme" -> readme = true;
      case "--aosp" -> rows.add("aosp");
      default -> {
        return false;
      }
    }
    return true;
  }

  private void value(List<String> known, String word, String value) {
    switch (word) {
      case "--row" -> rows.add(oneOf(known, value));
      case "--size" -> sizes.add(size(value));
      case "--rounds" -> rounds = positive(word, value);
      case "--frames" -> frames = positive(word, value);
      case "--trace" -> trace = positive(word, value);
      case "--seconds" -> seconds = positive(word, value);
      case "--seed" -> seed = Long.parseLong(value);
      case "--name" -> name = value;
      case "--home" -> home = Path.of(value);
      case "--results" -> results = Path.of(value);
      case "--cell" -> cell = value;
      case "--bytes" -> cellBytes = Long.parseLong(value);
      default -> throw new IllegalArgumentException("no option: " + word);
    }
  }

  private void shorten() {
    rounds = 2;
    frames = 2;
    trace = 2;
    seconds = 1;
  }

  private static String oneOf(List<String> known, String value) {
    if (!known.contains(value)) {
      throw new IllegalArgumentException("no row " + value + "; there are " + known);
    }
    return value;
  }

  private static long size(String value) {
    Map<String, Long> all = Sizes.all();
    if (!all.containsKey(value)) {
      throw new IllegalArgumentException("no size " + value + "; there are " + all.keySet());
    }
    return all.get(value);
  }

  private static int positive(String word, String value) {
    int number = Integer.parseInt(value);
    if (number < 1) {
      throw new IllegalArgumentException(word + " " + value + " is not positive");
    }
    return number;
  }

  /**
   * Tells whether a row is wanted.
   *
   * @param row its name
   * @return whether it was named, or none was and it is no mode of its own
   */
  public boolean wants(String row) {
    return rows.isEmpty() || rows.contains(row);
  }

  /**
   * Chooses sizes.
   *
   * @param candidates what a row measures
   * @return those that are wanted
   */
  public List<Long> sizes(List<Long> candidates) {
    return sizes.isEmpty() ? candidates : candidates.stream().filter(sizes::contains).toList();
  }

  /**
   * Returns the rounds.
   *
   * @return how many count
   */
  public int rounds() {
    return rounds;
  }

  /**
   * Returns the time of the paced frames.
   *
   * @return in seconds
   */
  public int frames() {
    return frames;
  }

  /**
   * Returns the time of the trace.
   *
   * @return in seconds
   */
  public int trace() {
    return trace;
  }

  /**
   * Returns the time for percentiles.
   *
   * @return in seconds
   */
  public int seconds() {
    return seconds;
  }

  /**
   * Tells whether only the harness is tried.
   *
   * @return whether figures prove nothing
   */
  public boolean quick() {
    return quick;
  }

  /**
   * Tells whether only the table is made.
   *
   * @return whether nothing is measured
   */
  public boolean readme() {
    return readme;
  }

  /**
   * Names the files of results.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * Returns the seed.
   *
   * @return of everything that is chosen at random
   */
  public long seed() {
    return seed;
  }

  /**
   * Returns the directory of the benchmarks.
   *
   * @return with {@code target} and {@code results}
   */
  public Path home() {
    return home;
  }

  /**
   * Returns where results go.
   *
   * @return a directory
   */
  public Path results() {
    return results == null ? home.resolve("results") : results;
  }

  /**
   * Names the subject of the one cell that this VM measures.
   *
   * @return {@code null} for a whole run
   */
  String cell() {
    return cell;
  }

  /** Returns the size of that cell's buffers, in bytes. */
  long cellBytes() {
    return cellBytes;
  }
}
