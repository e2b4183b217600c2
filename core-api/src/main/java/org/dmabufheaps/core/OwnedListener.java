// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.file.Path;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;

/** A listening socket in its owner's ledger. */
final class OwnedListener implements FdListener, Owned {
  private final FdListener raw;
  private final Owner owner;
  private final Path path;

  private OwnedListener(FdListener raw, Owner owner, Path path) {
    this.raw = raw;
    this.owner = owner;
    this.path = path;
  }

  static OwnedListener of(FdListener raw, Owner owner, Path path) {
    OwnedListener listener = new OwnedListener(raw, owner, path);
    owner.add(listener);
    return listener;
  }

  @Override
  public FdSocket accept(long timeoutMillis) throws HeapException {
    return OwnedSocket.of(raw.accept(timeoutMillis), owner);
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
