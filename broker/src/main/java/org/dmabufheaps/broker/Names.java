// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dmabufheaps.Errno;

/** The names by which clients offer buffers to one another. */
final class Names {
  private static final String NAME = "[A-Za-z0-9_,.@:/-]{1,127}";
  private static final int ROOT = 0;

  /**
   * A buffer that is offered.
   *
   * @param buffer it
   * @param uid who offers it
   * @param forAll whether to every user
   */
  record Offer(Held buffer, int uid, boolean forAll) {
    boolean isOf(Held other) {
      return buffer.id() == other.id();
    }
  }

  private final Map<String, Offer> offers = new ConcurrentHashMap<>();

  void publish(String name, Offer offer) throws Failure {
    if (!name.matches(NAME)) {
      throw Failure.invalidParameter("name");
    }
    boolean offered = offers.values().stream().anyMatch(one -> one.isOf(offer.buffer()));
    if (offered) {
      throw Failure.of(
          "NameTaken", Errno.EBUSY, "publishing \"" + name + "\": the buffer has a name already");
    }
    if (offers.putIfAbsent(name, offer) != null) {
      throw Failure.of("NameTaken", Errno.EEXIST, "publishing \"" + name + "\": it is taken");
    }
  }

  /** What another user may not open is not there, as far as it can tell. */
  Held find(String name, int uid) throws Failure {
    Offer offer = offers.get(name);
    boolean allowed = offer != null && (offer.forAll() || offer.uid() == uid || uid == ROOT);
    if (!allowed) {
      throw Failure.of("NoSuchName", Errno.ENOENT, "opening \"" + name + "\": nobody offers it");
    }
    return offer.buffer();
  }

  /** Takes back all offers of a buffer. */
  void withdraw(Held buffer) {
    offers.values().removeIf(offer -> offer.isOf(buffer));
  }
}
