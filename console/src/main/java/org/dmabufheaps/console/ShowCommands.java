// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.BudgetInfo;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.spi.MemoryBackend;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The commands that show and change nothing. */
@Component(
    service = ShowCommands.class,
    property = {
      "osgi.command.scope=heap",
      "osgi.command.function=list",
      "osgi.command.function=buffers",
      "osgi.command.function=info",
      "osgi.command.function=stat",
      "osgi.command.function=leaks",
      "osgi.command.function=budget"
    })
public final class ShowCommands {
  private final HeapRegistry registry;

  /** Goes and comes while the commands are there. */
  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  volatile MemoryBackend backend;

  /**
   * Activates.
   *
   * @param registry has the books
   */
  @Activate
  public ShowCommands(@Reference HeapRegistry registry) {
    this.registry = registry;
  }

  /**
   * Lists the heaps.
   *
   * @param session the shell
   * @param given nothing
   * @throws Exception when something was given
   */
  @Descriptor("lists the heaps, what they hold, and why one is unavailable")
  public void list(CommandSession session, String... given) throws Exception {
    Arguments.of("heap:list", 0, 0, given);
    PrintStream out = session.getConsole();
    List<HeapInfo> heaps = registry.heaps();
    if (heaps.isEmpty()) {
      out.println("There are no heaps: install and start a heap's bundle.");
      return;
    }
    heapTable(heaps).lines().forEach(out::println);
    heaps.stream()
        .filter(heap -> !heap.available)
        .forEach(heap -> out.println(name(heap) + " is unavailable: " + oneLine(heap.reason)));
  }

  private static Table heapTable(List<HeapInfo> heaps) {
    Table table =
        new Table(
            "NAME",
            "?ALIASES",
            "BACKING",
            "EXPORTS",
            "CONTIG",
            ">LIVE",
            ">BUFFERS",
            ">PEAK",
            "?>LIMIT",
            "?>POOLED",
            "STATE");
    for (HeapInfo heap : heaps) {
      table.row(
          name(heap),
          orDash(String.join(" ", heap.aliases)),
          orDash(heap.backing),
          orDash(heap.exports),
          heap.contiguous ? "yes" : "no",
          new Bytes(heap.liveBytes),
          heap.liveBuffers,
          new Bytes(heap.peakBytes),
          heap.limitBytes == Long.MAX_VALUE ? "-" : new Bytes(heap.limitBytes),
          heap.pooledBytes == 0 ? "-" : new Bytes(heap.pooledBytes),
          heap.available ? "ready" : "unavailable");
    }
    return table;
  }

  /**
   * Lists the open buffers.
   *
   * @param session the shell
   * @param given nothing
   * @throws Exception when something was given
   */
  @Descriptor("lists the open buffers and who owns them")
  public void buffers(CommandSession session, String... given) throws Exception {
    Arguments.of("heap:buffers", 0, 0, given);
    PrintStream out = session.getConsole();
    List<BufferInfo> buffers = registry.buffers();
    if (buffers.isEmpty()) {
      out.println("No buffer is open.");
      return;
    }
    Table table =
        new Table(
            ">ID", "OWNER", "?ACCOUNT", "HEAP", ">SIZE", "LABEL", ">AGE", ">EXPORTED", ">ACCESSES");
    Set<Long> seen = new LinkedHashSet<>();
    long bytes = 0;
    for (BufferInfo buffer : buffers) {
      bytes += seen.add(buffer.bufferId) ? buffer.sizeBytes : 0;
      table.row(
          buffer.handleId,
          buffer.owner,
          orDash(buffer.account),
          buffer.heap,
          new Bytes(buffer.sizeBytes),
          orDash(buffer.label),
          Age.of(buffer.ageMillis),
          buffer.exportedFds,
          buffer.openAccesses);
    }
    table.lines().forEach(out::println);
    out.println(
        Count.of(buffers.size(), "handle")
            + " to "
            + Count.of(seen.size(), "buffer")
            + ", "
            + new Bytes(bytes)
            + " in all");
  }

  /**
   * Shows all about one heap.
   *
   * @param session the shell
   * @param given the heap's name
   * @throws Exception when there is no such heap
   */
  @Descriptor("shows all about one heap")
  public void info(CommandSession session, @Descriptor("the heap's name or alias") String... given)
      throws Exception {
    for (HeapInfo heap : named(Arguments.of("heap:info NAME", 1, 1, given).text(0))) {
      Sheet sheet = new Sheet();
      addPromises(sheet, heap);
      addBooks(sheet, heap);
      new TreeMap<>(heap.properties).forEach((key, value) -> sheet.line(key, Sheet.text(value)));
      sheet.lines().forEach(session.getConsole()::println);
    }
  }

  /**
   * Shows what heaps hold and have counted.
   *
   * @param session the shell
   * @param given a heap's name, or nothing for all of them
   * @throws Exception when there is no such heap
   */
  @Descriptor("shows what heaps hold and have counted")
  public void stat(CommandSession session, @Descriptor("a heap's name, or none") String... given)
      throws Exception {
    Arguments arguments = Arguments.of("heap:stat [NAME]", 0, 1, given);
    List<HeapInfo> heaps = arguments.count() == 0 ? registry.heaps() : named(arguments.text(0));
    for (HeapInfo heap : heaps) {
      Sheet sheet = new Sheet();
      sheet.line("name", name(heap));
      addBooks(sheet, heap);
      sheet.lines().forEach(session.getConsole()::println);
    }
  }

  /**
   * Shows what bundles left open when they stopped.
   *
   * @param session the shell
   * @param given nothing
   * @throws Exception when something was given
   */
  @Descriptor("shows what bundles left open when they stopped")
  public void leaks(CommandSession session, String... given) throws Exception {
    Arguments.of("heap:leaks", 0, 0, given);
    List<String> leaks = registry.leaks();
    if (leaks.isEmpty()) {
      session.getConsole().println("No bundle has stopped and left anything open.");
    }
    leaks.forEach(session.getConsole()::println);
  }

  private static void addPromises(Sheet sheet, HeapInfo heap) {
    sheet.line("name", name(heap));
    sheet.line("aliases", orDash(String.join(" ", heap.aliases)));
    sheet.line("bundle", heap.bundle);
    sheet.line("ranking", Integer.toString(heap.ranking));
    sheet.line("state", heap.available ? "ready" : "unavailable");
    sheet.line("reason", orDash(oneLine(heap.reason)));
    sheet.line("backing", orDash(heap.backing));
    sheet.line("exports", orDash(heap.exports));
    sheet.line("contiguous", heap.contiguous ? "yes" : "no");
    sheet.line(
        "largest buffer",
        heap.maxBytes == Long.MAX_VALUE ? "no limit known" : exact(heap.maxBytes));
    sheet.line("quota", Bytes.orNone(heap.limitBytes));
  }

  private static void addBooks(Sheet sheet, HeapInfo heap) {
    sheet.line("live", exact(heap.liveBytes) + " in " + Count.of(heap.liveBuffers, "buffer"));
    sheet.line("peak", exact(heap.peakBytes));
    sheet.line("allocations", heap.allocations + ", of which " + heap.failures + " failed");
    sheet.line("pooled", exact(heap.pooledBytes));
    sheet.line("pending free", exact(heap.pendingFreeBytes));
    sheet.line("quarantined", exact(heap.quarantinedBytes));
    heap.statistics.forEach(
        (name, count) -> {
          String value = name.endsWith("bytes") ? exact(count) : count.toString();
          sheet.line(name, value);
        });
  }

  private List<HeapInfo> named(String wanted) throws CommandFailed {
    List<HeapInfo> found =
        registry.heaps().stream()
            .filter(h -> h.name.equals(wanted) || Arrays.asList(h.aliases).contains(wanted))
            .toList();
    if (found.isEmpty()) {
      throw new CommandFailed(
          "there is no heap " + wanted + "; heap:list shows the heaps that there are");
    }
    return found;
  }

  /**
   * Shows the budget.
   *
   * @param session the shell
   * @param given nothing
   * @throws Exception when something was given
   */
  @Descriptor("shows what all heaps together may take, and have taken")
  public void budget(CommandSession session, String... given) throws Exception {
    Arguments.of("heap:budget", 0, 0, given);
    BudgetInfo budget = registry.budget();
    Sheet sheet = new Sheet();
    sheet.line("budget of all heaps", Bytes.orNone(budget.budgetBytes));
    sheet.line("taken", new Bytes(Math.max(0, budget.takenBytes)).toString());
    sheet.line(
        "the system has left",
        budget.availableBytes == Long.MAX_VALUE
            ? "unknown: the bundle linux-memory is not there"
            : new Bytes(Math.max(0, budget.availableBytes)).toString());
    sheet.line("kept for the system", new Bytes(budget.reserveBytes).toString());
    MemoryBackend system = backend;
    sheet.line("system calls by", orDash(system == null ? "" : oneLine(system.calls())));
    sheet.lines().forEach(session.getConsole()::println);
  }

  private static String exact(long count) {
    Bytes bytes = new Bytes(Math.max(0, count));
    return count < 1024 ? bytes.toString() : bytes + " (" + count + ")";
  }

  private static String name(HeapInfo heap) {
    return heap.name.isEmpty() ? "(no name)" : heap.name;
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
