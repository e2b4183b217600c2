// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts the tables of a result into a README, between two marks. */
public final class Readme {
  private static final String BEGIN = "<!-- figures: begin -->";
  private static final String END = "<!-- figures: end -->";

  private Readme() {}

  /**
   * Replaces what is between the marks.
   *
   * @param readme the file
   * @param figures Markdown
   * @throws IOException when it can't be read or written, or has no marks
   */
  public static void update(Path readme, String figures) throws IOException {
    String text = Files.readString(readme);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(readme + " has no " + BEGIN + " and " + END);
    }
    Files.writeString(
        readme, text.substring(0, begin) + BEGIN + "\n" + figures + text.substring(end));
  }
}
