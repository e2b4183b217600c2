// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The data of the plot: for each subject of the row latency a block, as gnuplot reads it. */
public final class Plot {
  private Plot() {}

  /**
   * Writes it.
   *
   * @param document what was measured
   * @param file is made or replaced
   * @return whether there is anything to plot
   * @throws IOException when it can't be written
   */
  public static boolean write(Document document, Path file) throws IOException {
    Map<String, List<Document.Line>> subjects = new LinkedHashMap<>();
    for (Document.Line line : document.series()) {
      boolean wanted = line.row().equals("latency") && line.unit().equals("ns");
      if (wanted && line.median() != null && !line.subject().equals(Control.SUBJECT)) {
        subjects.computeIfAbsent(line.subject(), s -> new ArrayList<>()).add(line);
      }
    }
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      String between = "";
      for (Map.Entry<String, List<Document.Line>> subject : subjects.entrySet()) {
        out.write(between + "\"" + subject.getKey() + "\"\n");
        for (Document.Line line : subject.getValue()) {
          out.write(
              String.format(
                  "%d %.4f %.4f %.4f%n",
                  line.bytes(), line.median() / 1e3, line.low() / 1e3, line.high() / 1e3));
        }
        between = "\n\n";
      }
    }
    return !subjects.isEmpty();
  }
}
