// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.dmabufheaps.BufferClosedException;

/** A bundle, from when it first used core until it stopped, with all that it has open. */
final class Owner {
  private final long bundleId;
  private final String name;
  private final Quota quota;
  private final Set<Owned> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  Owner(long bundleId, String name, Quota quota) {
    this.bundleId = bundleId;
    this.name = name;
    this.quota = quota;
  }

  long bundleId() {
    return bundleId;
  }

  String name() {
    return name;
  }

  Quota quota() {
    return quota;
  }

  /** Refuses a bundle that has stopped. */
  void checkRunning() {
    if (stopped) {
      throw new BufferClosedException("bundle " + name + " has stopped");
    }
  }

  /**
   * Takes a thing into the ledger.
   *
   * @throws BufferClosedException when the bundle has stopped; the thing is closed then
   */
  void add(Owned thing) {
    open.add(thing);
    if (stopped) {
      thing.closeForOwner();
      checkRunning();
    }
  }

  void remove(Owned thing) {
    open.remove(thing);
  }

  Stream<Handle> handles() {
    return open.stream().filter(Handle.class::isInstance).map(Handle.class::cast);
  }

  /** Ends the ownership; returns what was left open, for the caller to close. */
  List<Owned> stop() {
    stopped = true;
    return List.copyOf(open);
  }
}
