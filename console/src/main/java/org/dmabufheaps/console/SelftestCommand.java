// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
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
  private static final String USAGE = "heap:selftest NAME|--all [CHECK [SECONDS]]";

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
   *     only those, empty for every check; the time limit of a check in seconds, 1 to 1,000,000
   * @throws Exception when a check fails, or none can be run
   */
  @Descriptor("checks that a heap keeps its promises")
  public void selftest(
      CommandSession session,
      @Descriptor("NAME or --all, part of a check's name, seconds for each") String... given)
      throws Exception {
    Arguments arguments = Arguments.of(USAGE, 1, 3, given);
    String wanted = arguments.text(0);
    Options options = Options.standard().withOnly(arguments.count() > 1 ? arguments.text(1) : "");
    if (arguments.count() > 2) {
      options = options.withLimitPerCheck(Duration.ofSeconds(arguments.count(2)));
    }
    PrintStream out = session.getConsole();
    List<String> heaps = wanted.equals("--all") ? available(out) : List.of(wanted);
    new Selftest(kit, options, out).run(heaps);
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
}
