// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;

/** What waits for sockets, in its owner's ledger. */
final class OwnedPoll implements FdPoll, Owned {
  private final FdPoll raw;
  private final Owner owner;

  private OwnedPoll(FdPoll raw, Owner owner) {
    this.raw = raw;
    this.owner = owner;
  }

  static OwnedPoll of(FdPoll raw, Owner owner) {
    OwnedPoll poll = new OwnedPoll(raw, owner);
    owner.add(poll);
    return poll;
  }

  @Override
  public Watched watch(FdSocket socket, Object key) {
    if (socket instanceof OwnedSocket owned) {
      return raw.watch(owned.raw(), key);
    }
    throw new IllegalArgumentException("waiting for " + socket + ", which is not of this API");
  }

  @Override
  public Watched watch(FdListener listener, Object key) {
    if (listener instanceof OwnedListener owned) {
      return raw.watch(owned.raw(), key);
    }
    throw new IllegalArgumentException("waiting for " + listener + ", which is not of this API");
  }

  @Override
  public List<Watched> await(long timeoutMillis) throws HeapException {
    return raw.await(timeoutMillis);
  }

  @Override
  public void wake() {
    raw.wake();
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
    return "poll of sockets";
  }
}
