// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Keys and values, the values wrapped to fit a terminal of 80 columns. */
final class Sheet {
  private static final int WIDTH = 80;
  private static final int LEAST = 30;

  private final List<String[]> entries = new ArrayList<>();

  void line(String key, String value) {
    entries.add(new String[] {key, value});
  }

  List<String> lines() {
    int width = 2 + entries.stream().mapToInt(entry -> entry[0].length()).max().orElse(0);
    List<String> lines = new ArrayList<>();
    for (String[] entry : entries) {
      String head = entry[0] + " ".repeat(width - entry[0].length());
      for (String part : wrap(entry[1], Math.max(LEAST, WIDTH - width))) {
        lines.add((head + part).stripTrailing());
        head = " ".repeat(width);
      }
    }
    return lines;
  }

  private static List<String> wrap(String text, int width) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!part.isEmpty() && part.length() + 1 + word.length() > width) {
        parts.add(part.toString());
        part.setLength(0);
      }
      part.append(part.isEmpty() ? "" : " ").append(word);
    }
    parts.add(part.toString());
    return parts;
  }

  /** Prints a service property's value. */
  static String text(Object value) {
    if (!value.getClass().isArray()) {
      return value.toString();
    }
    return IntStream.range(0, Array.getLength(value))
        .mapToObj(i -> String.valueOf(Array.get(value, i)))
        .collect(Collectors.joining(", "));
  }
}
