// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** All samples, as a compressed CSV file: row, subject, bytes, unit, round, sample. */
public final class RawFile implements AutoCloseable {
  private final BufferedWriter out;

  /**
   * Makes the file anew.
   *
   * @param directory made when it is not there
   * @param name of the file
   * @throws IOException when it can't be made
   */
  public RawFile(Path directory, String name) throws IOException {
    Files.createDirectories(directory);
    out =
        new BufferedWriter(
            new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(directory.resolve(name + ".csv.gz"))),
                StandardCharsets.UTF_8));
    out.write("row,subject,bytes,unit,round,sample\n");
  }

  /**
   * Writes the samples of a round.
   *
   * @param key the series
   * @param round its number
   * @param samples in the order of measuring
   * @throws IOException when it can't be written
   */
  public void write(Key key, int round, double... samples) throws IOException {
    String head =
        String.format(
            "%s,\"%s\",%d,%s,%d,", key.row(), key.subject(), key.bytes(), key.unit(), round);
    for (double sample : samples) {
      out.write(head + sample + "\n");
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
