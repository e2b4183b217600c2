// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.bench.report.Document;
import org.dmabufheaps.bench.report.Plot;
import org.dmabufheaps.bench.report.Readme;
import org.dmabufheaps.bench.report.Sheets;
import org.dmabufheaps.bench.row.AospRow;
import org.dmabufheaps.bench.row.CallsRow;
import org.dmabufheaps.bench.row.ExportRow;
import org.dmabufheaps.bench.row.FootprintRow;
import org.dmabufheaps.bench.row.FramesRow;
import org.dmabufheaps.bench.row.GarbageRow;
import org.dmabufheaps.bench.row.LatencyRow;
import org.dmabufheaps.bench.row.Row;
import org.dmabufheaps.bench.row.ScalingRow;
import org.dmabufheaps.bench.row.ShrinkRow;
import org.dmabufheaps.bench.row.SustainedRow;
import org.dmabufheaps.bench.row.TailRow;
import org.dmabufheaps.bench.row.TraceRow;

/** Measures what is asked for, writes and prints what came out. */
public final class Main {
  private static final List<Row> ROWS =
      List.of(
          new LatencyRow(),
          new CallsRow(),
          new SustainedRow(),
          new ScalingRow(),
          new TailRow(),
          new GarbageRow(),
          new ExportRow(),
          new ShrinkRow(),
          new AospRow(),
          new FootprintRow(),
          new TraceRow(),
          new FramesRow());

  private Main() {}

  /**
   * Runs the benchmarks. The status is 0 when they ran, whatever the figures; 1 when something
   * failed, memory that was not zero above all; 2 when an argument is wrong.
   *
   * @param args see {@link Options#usage}
   */
  public static void main(String[] args) {
    List<String> arguments = List.of(args);
    if (arguments.contains("--help")) {
      System.out.print(Options.usage(rows()));
      return;
    }
    System.exit(run(arguments));
  }

  private static List<String> rows() {
    return ROWS.stream().map(Row::name).toList();
  }

  static int run(List<String> arguments) {
    Options options;
    try {
      options = Options.parse(rows(), arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("benchmarks: " + e.getMessage());
      return 2;
    }
    try {
      run(options);
      return 0;
    } catch (IOException | RuntimeException e) {
      System.err.println("benchmarks: FAILED");
      e.printStackTrace();
      return 1;
    }
  }

  private static void run(Options options) throws IOException {
    Path results = options.results();
    Path json = results.resolve(options.name() + ".json");
    if (options.readme()) {
      Readme.update(
          options.home().resolve("README.md"), new Sheets(Document.read(json)).markdown());
    } else if (options.cell() != null) {
      try (Bench bench = new Bench(options)) {
        FootprintRow.cell(bench, options.cell(), options.cellBytes());
      }
    } else {
      measure(options, json);
    }
  }

  private static void measure(Options options, Path json) throws IOException {
    try (Bench bench = new Bench(options)) {
      Machine.describe(bench.results());
      bench.results().fact("rounds", Integer.toString(options.rounds()));
      if (options.quick()) {
        bench.results().fact("short", "these figures prove nothing");
      }
      try {
        for (Row row : ROWS) {
          if (options.wants(row.name())) {
            row.run(bench);
          }
        }
      } catch (IOException | RuntimeException e) {
        keep(bench, options, json, e);
        throw e;
      }
      report(bench, options, json);
    }
  }

  /** What was measured until a failure took its time, too; the failure is what is told. */
  private static void keep(Bench bench, Options options, Path json, Exception failure) {
    try {
      report(bench, options, json);
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static void report(Bench bench, Options options, Path json) throws IOException {
    Machine.load(bench.results());
    Document document = Document.of(bench.results(), Goals.all());
    document.write(json);
    Path plot = options.results().resolve("raw").resolve(options.name() + ".plot");
    if (!Plot.write(document, plot)) {
      Files.delete(plot);
    }
    System.out.print(new Sheets(document).text());
  }
}
