// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * How the demo runs, by the framework properties {@code dmabuf.demo.NAME}, which the launcher sets
 * from what it was given behind {@code demo}.
 *
 * @param heap the heap's name; {@code system} if not given
 * @param frames how many, 3 to 1,000,000; 600 if not given
 * @param seconds when it must be over, 1 to 86,400; 60 if not given
 * @param png the picture's file, which is overwritten; a new one in the temporary directory if not
 *     given
 */
record Options(String heap, int frames, int seconds, Path png) {
  private static final String PREFIX = "dmabuf.demo.";
  private static final List<String> NAMES = List.of("heap", "frames", "seconds", "png");

  /**
   * Reads the options.
   *
   * @param property gives a framework property's value, or null
   * @param names of properties, whose other values are refused when they start as ours do
   * @return the options
   * @throws IllegalArgumentException when one is unknown or out of range
   * @throws IOException when there is no place for the picture
   */
  static Options of(UnaryOperator<String> property, Set<String> names) throws IOException {
    for (String name : names) {
      if (name.startsWith(PREFIX) && !NAMES.contains(name.substring(PREFIX.length()))) {
        throw new IllegalArgumentException(
            name.substring(PREFIX.length()) + " is no option of the demo; it has " + NAMES);
      }
    }
    String heap = Objects.requireNonNullElse(property.apply(PREFIX + "heap"), "system");
    if (!heap.matches("[A-Za-z0-9_,.@-]{1,63}")) {
      throw new IllegalArgumentException("heap is \"" + heap + "\", no heap's name");
    }
    int frames = number(property, "frames", 600, 3, 1_000_000);
    int seconds = number(property, "seconds", 60, 1, 86_400);
    String png = property.apply(PREFIX + "png");
    return new Options(
        heap, frames, seconds, png == null ? newFile() : Path.of(png).toAbsolutePath());
  }

  private static int number(
      UnaryOperator<String> property, String name, int ifNone, int min, int max) {
    String text = property.apply(PREFIX + name);
    if (text == null) {
      return ifNone;
    }
    if (text.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        name + " is \"" + text + "\", not a number from " + min + " to " + max);
  }

  private static Path newFile() throws IOException {
    try {
      return Files.createTempFile("dmabuf-demo-", ".png").toAbsolutePath();
    } catch (IOException e) {
      throw new IOException("no place for the picture: give png=FILE: " + e, e);
    }
  }
}
