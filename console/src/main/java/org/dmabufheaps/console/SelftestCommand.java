// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Report;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The command that checks heaps. A component of its own, so that the others are there without the
 * bundle {@code conformance}, whose package is imported optionally.
 */
@Component(
    service = SelftestCommand.class,
    property = {"osgi.command.scope=heap", "osgi.command.function=selftest"})
public final class SelftestCommand {
  private static final String USAGE = "heap:selftest NAME|--all [CHECK]";

  private final HeapRegistry registry;
  private final ConformanceKit kit;

  /**
   * Activates.
   *
   * @param registry has the books
   * @param kit checks heaps
   */
  @Activate
  public SelftestCommand(@Reference HeapRegistry registry, @Reference ConformanceKit kit) {
    this.registry = registry;
    this.kit = kit;
  }

  /**
   * Checks one heap, or every available one.
   *
   * @param session the shell
   * @param given a heap's name, alias or filter, or {@code --all}; part of a check's name, to run
   *     only those
   * @throws Exception when a check fails, or none can be run
   */
  @Descriptor("checks that a heap keeps its promises")
  public void selftest(
      CommandSession session, @Descriptor("NAME or --all, part of a check's name") String... given)
      throws Exception {
    Arguments arguments = Arguments.of(USAGE, 1, 2, given);
    String wanted = arguments.text(0);
    Options options = Options.standard().withOnly(arguments.count() > 1 ? arguments.text(1) : "");
    PrintStream out = session.getConsole();
    List<String> heaps = wanted.equals("--all") ? available(out) : List.of(wanted);
    List<Report> reports = new ArrayList<>();
    for (String heap : heaps) {
      CommandFailed.oneLine(() -> reports.add(check(heap, options, out)));
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

  private List<String> available(PrintStream out) throws CommandFailed {
    List<HeapInfo> all = registry.heaps();
    all.stream()
        .filter(heap -> !heap.available)
        .forEach(
            heap -> out.println(heap.name + " is unavailable and not checked: " + heap.reason));
    List<String> names =
        all.stream().filter(heap -> heap.available).map(heap -> heap.name).distinct().toList();
    if (names.isEmpty()) {
      throw new CommandFailed("no heap is available; heap:list says why");
    }
    return names;
  }

  private Report check(String heap, Options options, PrintStream out) throws Exception {
    out.println("Checking heap " + heap);
    return kit.check(heap, options, new ProgressLines(count(options), out));
  }

  private int count(Options options) {
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
          String.format("%.1f s", millis / 1000.0),
          report.passed() ? "ok" : "FAILED");
    }
    return table;
  }

  private static String why(Report report) {
    long failed = report.count(Outcome.FAIL);
    return failed == 0 ? "nothing could be checked" : failed + " of " + report.results().size();
  }
}
