// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** A connection in its owner's ledger; so are the descriptors that it receives. */
final class OwnedSocket implements FdSocket, Owned {
  private final FdSocket raw;
  private final Owner owner;
  private final LazySet<LedgerFd> received = new LazySet<>();

  private OwnedSocket(FdSocket raw, Owner owner) {
    this.raw = raw;
    this.owner = owner;
  }

  static OwnedSocket of(FdSocket raw, Owner owner) {
    OwnedSocket socket = new OwnedSocket(raw, owner);
    owner.add(socket);
    return socket;
  }

  @Override
  public Peer peer() {
    return raw.peer();
  }

  /** The system's side, for who waits on it. */
  FdSocket raw() {
    return raw;
  }

  @Override
  public List<Integer> peerGroups() throws HeapException {
    return raw.peerGroups();
  }

  @Override
  public void send(ByteBuffer bytes, OwnedFd... fds) throws HeapException {
    pinned(
        fds,
        pinned -> {
          raw.send(bytes, pinned);
          return 0;
        });
  }

  @Override
  public int trySend(ByteBuffer bytes, OwnedFd... fds) throws HeapException {
    return fds.length == 0 ? raw.trySend(bytes) : pinned(fds, pinned -> raw.trySend(bytes, pinned));
  }

  private interface Send {
    int of(OwnedFd... fds) throws HeapException;
  }

  /** Sends descriptors that can't be closed meanwhile. */
  private static int pinned(OwnedFd[] fds, Send send) throws HeapException {
    List<PinnedFd> pinned = new ArrayList<>(fds.length);
    try {
      for (OwnedFd fd : fds) {
        pinned.add(PinnedFd.of(fd));
      }
      return send.of(pinned.stream().map(PinnedFd::raw).toArray(OwnedFd[]::new));
    } finally {
      pinned.forEach(PinnedFd::close);
    }
  }

  @Override
  public List<OwnedFd> receive(ByteBuffer into, int maxFds, long timeoutMillis)
      throws HeapException {
    return owned(raw.receive(into, maxFds, timeoutMillis));
  }

  @Override
  public List<OwnedFd> tryReceive(ByteBuffer into, int maxFds) throws HeapException {
    return owned(raw.tryReceive(into, maxFds));
  }

  private List<OwnedFd> owned(List<OwnedFd> fds) {
    if (fds == null || fds.isEmpty()) {
      return fds;
    }
    List<LedgerFd> owned =
        fds.stream()
            .map(fd -> new LedgerFd(fd, owner, "received descriptor", received, () -> {}))
            .toList();
    int added = 0;
    try {
      for (; added < owned.size(); added++) {
        owner.add(owned.get(added));
      }
      return List.copyOf(owned);
    } finally {
      owned.subList(added, owned.size()).forEach(LedgerFd::close);
    }
  }

  @Override
  public void close() {
    owner.remove(this);
    raw.close();
  }

  @Override
  public void closeForOwner() {
    close();
  }

  @Override
  public String heapName() {
    return "";
  }

  @Override
  public String describe() {
    return "connected socket of process " + peer().pid();
  }
}
