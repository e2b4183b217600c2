// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Report;

/**
 * A run of the kit over heaps, told line by line and summed up in a table.
 *
 * @param kit checks heaps
 * @param options how hard to try
 * @param out where it is told
 */
record Selftest(ConformanceKit kit, Options options, PrintStream out) {

  /** Checks each heap; one that fails doesn't end the run. */
  void run(List<String> heaps) throws Exception {
    List<Report> reports = new ArrayList<>();
    for (String heap : heaps) {
      CommandFailed.oneLine(() -> reports.add(check(heap)));
    }
    summary(reports).lines().forEach(out::println);
    String failed =
        reports.stream()
            .filter(report -> !report.passed())
            .map(report -> report.heap() + " (" + why(report) + ")")
            .collect(Collectors.joining(", "));
    if (!failed.isEmpty()) {
      throw new CommandFailed("failed: " + failed + "; the lines above say what");
    }
  }

  private Report check(String heap) throws Exception {
    out.println("Checking heap " + heap);
    return kit.check(heap, options, new ProgressLines(count(), out));
  }

  private int count() {
    return (int) kit.checks().stream().filter(name -> name.contains(options.only())).count();
  }

  private static Table summary(List<Report> reports) {
    Table table =
        new Table(
            "HEAP", "BACKING", "EXPORTS", ">PASSED", ">FAILED", ">SKIPPED", ">TIME", "RESULT");
    for (Report report : reports) {
      long millis = report.results().stream().mapToLong(r -> r.took().toMillis()).sum();
      table.row(
          report.heap(),
          report.backing(),
          report.exports(),
          report.count(Outcome.PASS),
          report.count(Outcome.FAIL),
          report.count(Outcome.SKIP),
          String.format(Locale.ROOT, "%.1f s", millis / 1000.0),
          report.passed() ? "ok" : "FAILED");
    }
    return table;
  }

  private static String why(Report report) {
    long failed = report.count(Outcome.FAIL);
    return failed == 0 ? "nothing could be checked" : failed + " of " + report.results().size();
  }
}
