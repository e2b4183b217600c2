// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;

/** A process at the other end of a connection, with what it has. Thread-safe. */
final class Client {
  private final FdSocket.Peer peer;
  private final Who who;
  private final Account account;
  private final long since = System.nanoTime();
  private final Map<Long, Held> held = new LinkedHashMap<>();
  private long bytes;
  private long releasedBytes;
  private boolean ended;

  private Client(FdSocket.Peer peer, Who who, Account account) {
    this.peer = peer;
    this.who = who;
    this.account = account;
  }

  static Client of(FdSocket socket, Account account) throws HeapException {
    Set<Integer> gids = new HashSet<>(socket.peerGroups());
    gids.add(socket.peer().gid());
    return new Client(socket.peer(), new Who(socket.peer().uid(), Set.copyOf(gids)), account);
  }

  FdSocket.Peer peer() {
    return peer;
  }

  Who who() {
    return who;
  }

  Account account() {
    return account;
  }

  /**
   * Takes a buffer into the client's books.
   *
   * @return whether it did: not when the connection has ended
   */
  synchronized boolean keep(Held buffer) {
    if (!ended) {
      held.put(buffer.id(), buffer);
      bytes += buffer.charged();
    }
    return !ended;
  }

  /** Returns a buffer; {@code null} when the client has none of that number. */
  synchronized Held get(long id) {
    return held.get(id);
  }

  /** Takes a buffer out of the books; {@code null} when the client has none of that number. */
  synchronized Held remove(long id) {
    Held buffer = held.remove(id);
    if (buffer != null) {
      bytes -= buffer.charged();
    }
    return buffer;
  }

  /** Ends it; returns what it had, for the caller to give back. */
  synchronized List<Held> end() {
    ended = true;
    List<Held> all = new ArrayList<>(held.values());
    held.clear();
    bytes = 0;
    return all;
  }

  /** Counts bytes that it has given back and that somebody may have still. */
  void outstanding(long more) {
    account.outstanding(more);
    synchronized (this) {
      releasedBytes += more;
    }
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  synchronized boolean hasBuffers() {
    return !held.isEmpty();
  }

  /** Tells what it has. */
  synchronized ClientInfo info() {
    return new ClientInfo(
        peer.uid(),
        peer.pid(),
        bytes,
        held.size(),
        (System.nanoTime() - since) / 1_000_000,
        releasedBytes);
  }
}
