// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;

/** The sockets of one bundle. */
final class BundleSockets implements FdSockets {
  private final Supplier<Backend> backend;
  private final Owner owner;

  BundleSockets(Supplier<Backend> backend, Owner owner) {
    this.backend = backend;
    this.owner = owner;
  }

  @Override
  public FdSocket connect(Path path) throws HeapException {
    owner.checkRunning();
    try {
      return OwnedSocket.of(backend.get().service().connect(path, owner::isRunning), owner);
    } catch (HeapException e) {
      owner.checkRunning();
      throw e;
    }
  }

  @Override
  public FdListener listen(Path path) throws HeapException {
    owner.checkRunning();
    return OwnedListener.of(backend.get().service().listen(path), owner, path.toString());
  }

  @Override
  public FdListener listen(Path path, int mode, String group) throws HeapException {
    owner.checkRunning();
    return OwnedListener.of(
        backend.get().service().listen(path, mode, group), owner, path.toString());
  }

  @Override
  public FdListener inherited(String name) throws HeapException {
    owner.checkRunning();
    FdListener raw = backend.get().service().inherited(name);
    return raw == null ? null : OwnedListener.of(raw, owner, "of the service manager's, " + name);
  }

  @Override
  public FdPoll poll() throws HeapException {
    owner.checkRunning();
    return OwnedPoll.of(backend.get().service().poll(), owner);
  }
}
