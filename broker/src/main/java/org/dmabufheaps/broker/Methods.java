// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.OwnedFd;
import org.osgi.framework.Filter;

/**
 * The methods of the interface: checks what a client asks for, and says what is to be done where.
 */
final class Methods {
  private static final int MAX_LABEL = 127;

  private final Interfaces interfaces;
  private final Buffers buffers;
  private final Names names;
  private final Supplier<Policy> policy;
  private final Supplier<List<ServedHeap>> heaps;
  private final Books books;
  private final SelfTests selfTests;

  /** What is asked about all clients. */
  interface Books {
    Map<String, Object> stats(int uid);
  }

  Methods(
      Interfaces interfaces,
      Buffers buffers,
      Names names,
      Supplier<Policy> policy,
      Supplier<List<ServedHeap>> heaps,
      Books books,
      SelfTests selfTests) {
    this.interfaces = interfaces;
    this.buffers = buffers;
    this.names = names;
    this.policy = policy;
    this.heaps = heaps;
    this.books = books;
    this.selfTests = selfTests;
  }

  /**
   * Finds out what is to be done.
   *
   * @param fds the descriptors that came with the call; they stay the connection's
   */
  Task of(Call call, Client client, List<OwnedFd> fds) throws Failure {
    if (call.upgrade()) {
      throw Failure.methodNotImplemented(call.method());
    }
    return switch (call.method()) {
      case "org.varlink.service.GetInfo" -> Task.now(interfaces.info());
      case "org.varlink.service.GetInterfaceDescription" ->
          Task.now(interfaces.description(call.text("interface")));
      case "org.dmabufheaps.ListHeaps" -> listHeaps(call, client);
      case "org.dmabufheaps.Allocate" -> allocate(call, client);
      case "org.dmabufheaps.Import" -> importFd(call, client, fds);
      case "org.dmabufheaps.Publish" -> publish(call, client);
      case "org.dmabufheaps.Open" -> open(call, client);
      case "org.dmabufheaps.Release" -> release(call, client);
      case "org.dmabufheaps.Stats", "org.dmabufheaps.Monitor" -> stats(call, client);
      case "org.dmabufheaps.SelfTest" -> selfTest(call, client);
      default -> throw unknown(call.method());
    };
  }

  private static Failure unknown(String method) {
    int dot = method.lastIndexOf('.');
    String of = dot < 0 ? method : method.substring(0, dot);
    return of.equals("org.dmabufheaps") || of.equals("org.varlink.service")
        ? Failure.methodNotFound(method)
        : Failure.interfaceNotFound(of);
  }

  private Task listHeaps(Call call, Client client) throws Failure {
    call.allow();
    Policy now = policy.get();
    return Task.now(
        Reply.of(
            Map.of(
                "heaps",
                heaps.get().stream()
                    .sorted(Comparator.comparing(ServedHeap::name))
                    .map(heap -> heap.describe(now, client))
                    .toList())));
  }

  private Task allocate(Call call, Client client) throws Failure {
    call.allow("heap", "size", "label");
    long size = call.number("size");
    String label = label(call);
    ServedHeap heap = find(call.text("heap"), client);
    return new Task(heap.name(), () -> buffers.allocate(client, heap, size, label));
  }

  private static String label(Call call) throws Failure {
    String label = call.text("label", "");
    if (label.length() > MAX_LABEL || label.chars().anyMatch(Character::isISOControl)) {
      throw Failure.invalidParameter("label");
    }
    return label;
  }

  /** Returns the best that the client may use. */
  private ServedHeap find(String wanted, Client client) throws Failure {
    Filter filter = ServedHeap.filter(wanted);
    List<ServedHeap> matching =
        heaps.get().stream().filter(heap -> heap.matches(wanted, filter)).toList();
    if (matching.isEmpty()) {
      throw Failure.of("NoSuchHeap", Errno.ENODEV, "there is no heap " + wanted);
    }
    Policy now = policy.get();
    return matching.stream()
        .filter(heap -> now.heapLimit(client.who(), heap.name()) > 0)
        .max(Comparator.comparing(ServedHeap::reference))
        .orElseThrow(
            () ->
                Failure.of(
                    "AccessDenied",
                    Errno.EACCES,
                    client.account().name() + " may not use heap " + wanted));
  }

  private Task importFd(Call call, Client client, List<OwnedFd> fds) throws Failure {
    call.allow("fileDescriptor", "label");
    long index = call.number("fileDescriptor");
    String label = label(call);
    if (index < 0 || index >= fds.size()) {
      throw Failure.of(
          "NoDescriptor", Errno.EBADF, "descriptor " + index + " of " + fds.size() + " that came");
    }
    OwnedFd fd = fds.get((int) index);
    // A lane of the user's own: what came may be slow to look at, and to close.
    return new Task(
        Buffers.IMPORTED + " " + client.account().name(),
        () -> {
          try (fd) {
            return buffers.importFd(client, fd, label);
          }
        });
  }

  private Task publish(Call call, Client client) throws Failure {
    call.allow("id", "name", "forAll");
    Held held = held(call, client);
    names.publish(call.text("name"), held, client.who().uid(), call.flag("forAll"));
    return Task.now(Reply.EMPTY);
  }

  private static Held held(Call call, Client client) throws Failure {
    long id = call.number("id");
    Held held = client.get(id);
    if (held == null) {
      throw noSuchBuffer(id);
    }
    return held;
  }

  private static Failure noSuchBuffer(long id) {
    return Failure.of(
        "NoSuchBuffer", Errno.EBADF, "this connection has no buffer of the number " + id);
  }

  private Task open(Call call, Client client) throws Failure {
    call.allow("name");
    Held offered = names.find(call.text("name"), client.who().uid());
    return new Task(offered.heap(), () -> buffers.open(client, offered));
  }

  private Task release(Call call, Client client) throws Failure {
    call.allow("id");
    Held held = held(call, client);
    return new Task(
        held.heap(),
        () -> {
          if (client.remove(held.id()) == null) {
            throw noSuchBuffer(held.id());
          }
          buffers.giveBack(client, held);
          return Reply.EMPTY;
        });
  }

  private Task stats(Call call, Client client) throws Failure {
    call.allow();
    return Task.now(Reply.of(books.stats(client.who().uid())));
  }

  private Task selfTest(Call call, Client client) throws Failure {
    call.allow("heap");
    ServedHeap heap = find(call.text("heap"), client);
    return new Task("selftest", () -> selfTests.run(client.who(), heap.name()));
  }
}
