// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;

/** A listening socket in its owner's ledger. */
final class OwnedListener implements FdListener, Owned {
  private final FdListener raw;
  private final Owner owner;
  private final String path;

  private OwnedListener(FdListener raw, Owner owner, String path) {
    this.raw = raw;
    this.owner = owner;
    this.path = path;
  }

  static OwnedListener of(FdListener raw, Owner owner, String path) {
    OwnedListener listener = new OwnedListener(raw, owner, path);
    owner.add(listener);
    return listener;
  }

  @Override
  public FdSocket accept(long timeoutMillis) throws HeapException {
    return OwnedSocket.of(raw.accept(timeoutMillis), owner);
  }

  @Override
  public FdSocket tryAccept() throws HeapException {
    FdSocket socket = raw.tryAccept();
    return socket == null ? null : OwnedSocket.of(socket, owner);
  }

  /** The system's side, for who waits on it. */
  FdListener raw() {
    return raw;
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
    return "listening socket " + path;
  }
}
