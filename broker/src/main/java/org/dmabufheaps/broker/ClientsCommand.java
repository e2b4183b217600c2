// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The command that shows the broker's clients. */
@Component(
    service = ClientsCommand.class,
    property = {"osgi.command.scope=heap", "osgi.command.function=clients"})
public final class ClientsCommand {
  private static final String ROW = "%10s  %10s  %16s  %8s  %10s  %16s%n";
  private static final String USER = "%10s  %10s  %16s  %38s%n";

  private final Broker broker;

  /**
   * Activates.
   *
   * @param broker has the clients
   */
  @Activate
  public ClientsCommand(@Reference Broker broker) {
    this.broker = broker;
  }

  /**
   * Lists the clients.
   *
   * @param session the shell
   */
  @Descriptor("lists the broker's clients and what they have, in bytes")
  public void clients(CommandSession session) {
    PrintStream out = session.getConsole();
    out.println("serving clients at " + broker.where());
    List<ClientInfo> clients =
        broker.clients().stream()
            .sorted(Comparator.comparing(ClientInfo::uid).thenComparing(ClientInfo::pid))
            .toList();
    List<Account> users =
        broker.users().stream()
            .sorted((a, b) -> Integer.compareUnsigned(a.uid(), b.uid()))
            .toList();
    if (clients.isEmpty()) {
      out.println("There are no clients.");
    } else {
      show(clients, out);
    }
    if (!users.isEmpty()) {
      showUsers(users, out);
    }
  }

  private static void show(List<ClientInfo> clients, PrintStream out) {
    out.printf(ROW, "UID", "PID", "BYTES", "BUFFERS", "AGE", "RELEASED");
    for (ClientInfo client : clients) {
      out.printf(
          ROW,
          Integer.toUnsignedString(client.uid()),
          client.pid(),
          client.bytes(),
          client.buffers(),
          TimeUnit.MILLISECONDS.toSeconds(client.ageMillis()) + " s",
          client.releasedBytes());
    }
  }

  private static void showUsers(List<Account> users, PrintStream out) {
    out.println();
    out.printf(USER, "UID", "CLIENTS", "CHARGED", "RELEASED");
    for (Account user : users) {
      out.printf(
          USER,
          Integer.toUnsignedString(user.uid()),
          user.connections(),
          user.bytes(),
          user.outstandingBytes());
    }
    out.println();
    out.println("RELEASED was given back and somebody still has it; it is part of CHARGED.");
  }
}
