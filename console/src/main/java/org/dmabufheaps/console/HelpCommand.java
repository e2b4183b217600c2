// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/** The command that lists the commands. It is there even when core is not. */
@Component(
    service = HelpCommand.class,
    property = {"osgi.command.scope=heap", "osgi.command.function=help"})
public final class HelpCommand {

  /**
   * Lists the commands. The shell may take {@code help} without a scope for this one, so what is
   * asked about another command is passed on to {@code felix:help}.
   *
   * @param session the shell
   * @param given nothing, or a command
   * @return what the shell's help has to say of that command; null without one
   * @throws Exception when that is no command
   */
  @Descriptor("lists the commands of this scope")
  public Object help(CommandSession session, @Descriptor("a command, or none") String... given)
      throws Exception {
    Arguments arguments = Arguments.of("heap:help [COMMAND]", 0, 1, given);
    if (arguments.count() == 0) {
      list(session.getConsole());
      return null;
    }
    if (session.get("felix:help") instanceof Function help) {
      return help.execute(session, List.of(arguments.text(0)));
    }
    throw new CommandFailed("this shell has no help on single commands; see heap:help");
  }

  private static void list(PrintStream out) {
    Table table = new Table("COMMAND", "WHAT IT DOES");
    table.row("heap:list", "heaps, and what they hold");
    table.row("heap:info NAME", "all about one heap");
    table.row("heap:stat [NAME]", "what heaps hold and have counted");
    table.row("heap:budget", "what all heaps may take");
    table.row("heap:quota [KIND:NAME SIZE|none]", "quotas; sets one");
    table.row("heap:buffers", "open buffers and their owners");
    table.row("heap:leaks", "what stopped bundles left open");
    table.row("heap:alloc NAME SIZE [COUNT]", "allocates buffers of the console");
    table.row("heap:fill ID BYTE", "writes one value to every byte");
    table.row("heap:dump ID [OFFSET [LENGTH]]", "prints what a buffer holds");
    table.row("heap:free ID...|--all", "frees buffers of the console");
    table.row("heap:trim [SIZE]", "gives idle memory back");
    table.row("heap:selftest NAME|--all [CHECK [SECONDS]]", "checks heaps, as promised");
    table.row("heap:check JAR...", "checks heaps of a vendor's bundles");
    table.row("heap:clients", "other processes and their buffers");
    table.lines().forEach(out::println);
    out.println();
    out.println("NAME  a heap's name, an alias, or for alloc and selftest a filter in quotes:");
    out.println("      '(dmabuf.heap.contiguous=true)'");
    out.println("SIZE  4096, 0x1000, 4k, 1.5m, 1GiB; units are powers of 1024");
    out.println("KIND  heap, bundle or account");
    out.println("BYTE  0 to 255, or 0x00 to 0xff");
    out.println();
    out.println("felix:help lists all commands of the shell.");
  }
}
