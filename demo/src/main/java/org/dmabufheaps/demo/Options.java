// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * How the demo runs, by framework properties.
 *
 * @param heap {@code dmabuf.demo.heap}: the heap's name; {@code system} if not given
 * @param frames {@code dmabuf.demo.frames}: how many, 2 to 1,000,000; 600 if not given
 * @param seconds {@code dmabuf.demo.seconds}: when it must be over, 1 to 86,400; 60 if not given
 * @param png {@code dmabuf.demo.png}: the picture's file; a new one in the temporary directory if
 *     not given
 */
record Options(String heap, int frames, int seconds, Path png) {

  /**
   * Reads the options.
   *
   * @param property gives a property's value, or null
   * @return the options
   * @throws IllegalArgumentException when a value is out of range
   * @throws IOException when there is no place for the picture
   */
  static Options of(UnaryOperator<String> property) throws IOException {
    String heap = property.apply("dmabuf.demo.heap");
    if (heap != null && !heap.matches("[A-Za-z0-9_,.@-]{1,63}")) {
      throw new IllegalArgumentException("dmabuf.demo.heap is \"" + heap + "\", no heap's name");
    }
    int frames = number(property, "dmabuf.demo.frames", 600, 2, 1_000_000);
    int seconds = seconds(property);
    String png = property.apply("dmabuf.demo.png");
    Path file = png == null ? Files.createTempFile("dmabuf-demo-", ".png") : Path.of(png);
    return new Options(heap == null ? "system" : heap, frames, seconds, file.toAbsolutePath());
  }

  /** Reads {@link #seconds()} alone. */
  static int seconds(UnaryOperator<String> property) {
    return number(property, "dmabuf.demo.seconds", 60, 1, 86_400);
  }

  private static int number(
      UnaryOperator<String> property, String name, int ifNone, int min, int max) {
    String text = property.apply(name);
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
}
