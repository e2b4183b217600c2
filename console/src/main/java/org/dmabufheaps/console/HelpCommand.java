// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.service.component.annotations.Component;

/** The command that lists the commands. It is there even when core is not. */
@Component(
    service = HelpCommand.class,
    property = {"osgi.command.scope=heap", "osgi.command.function=help"})
public final class HelpCommand {

  /**
   * Lists the commands.
   *
   * @param session the shell
   * @param given nothing
   * @throws Exception when something was given
   */
  @Descriptor("lists the commands of this scope")
  public void help(CommandSession session, String... given) throws Exception {
    Arguments.of("heap:help", 0, 0, given);
    Table table = new Table("COMMAND", "WHAT IT DOES");
    table.row("heap:list", "heaps, what they hold, why one is unavailable");
    table.row("heap:info NAME", "all about one heap");
    table.row("heap:budget", "what all heaps may take, and have taken");
    table.row("heap:buffers", "open buffers and their owners");
    table.row("heap:alloc NAME SIZE [COUNT]", "allocates buffers of the console");
    table.row("heap:fill ID BYTE", "writes one value to every byte of a buffer");
    table.row("heap:dump ID [OFFSET [LENGTH]]", "prints what a buffer holds (256 bytes)");
    table.row("heap:free ID...|--all", "frees buffers of the console");
    table.row("heap:selftest NAME|--all [CHECK]", "checks heaps (bundle conformance)");
    table.lines().forEach(session.getConsole()::println);
    session.getConsole().println();
    session
        .getConsole()
        .println("NAME  a heap's name, an alias, or for alloc and selftest a filter in quotes:");
    session.getConsole().println("      '(dmabuf.heap.contiguous=true)'");
    session.getConsole().println("SIZE  4096, 0x1000, 4k, 1.5m, 1GiB; units are powers of 1024");
    session.getConsole().println("BYTE  0 to 255, or 0x00 to 0xff");
  }
}
