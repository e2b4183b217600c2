// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dmabufheaps.BufferClosedException;

/** A bundle, from when it first used core until it stopped, with all that it has open. */
final class Owner {
  private final long bundleId;
  private final String name;
  private final Quota quota;
  private final Quota[] quotas;
  private final Consumer<Owner> whenEmpty;
  private final Set<Owned> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  /**
   * Makes the ledger; {@code whenEmpty} is told when the bundle has stopped and nothing is open.
   */
  Owner(long bundleId, String name, Quota quota, Consumer<Owner> whenEmpty) {
    this.bundleId = bundleId;
    this.name = name;
    this.quota = quota;
    this.quotas = new Quota[] {quota};
    this.whenEmpty = whenEmpty;
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

  /** Returns what is charged when no account is named; not to be changed. */
  Quota[] quotas() {
    return quotas;
  }

  boolean isRunning() {
    return !stopped;
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
    if (stopped && open.isEmpty()) {
      whenEmpty.accept(this);
    }
  }

  /** Returns what is open now. */
  List<Owned> all() {
    return List.copyOf(open);
  }

  Stream<Handle> handles() {
    return open.stream().filter(Handle.class::isInstance).map(Handle.class::cast);
  }

  /** Ends the ownership; returns what was left open, for the caller to close. */
  List<Owned> stop() {
    stopped = true;
    return all();
  }
}
