// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The users that have anything. */
final class Accounts {
  private final Map<Integer, Account> byUid = new ConcurrentHashMap<>();

  /**
   * Counts a connection of a user, in one step with making the account.
   *
   * @return the account; {@code null} when the user has too many connections
   */
  Account connect(int uid, int limit) {
    boolean[] done = new boolean[1];
    Account account =
        byUid.compute(
            uid,
            (number, now) -> {
              Account one = now == null ? new Account(number) : now;
              done[0] = one.connect(limit);
              return one.isEmpty() ? null : one;
            });
    return done[0] ? account : null;
  }

  /** Forgets a user who has nothing any more. */
  void forgetEmpty(Account account) {
    byUid.computeIfPresent(
        account.uid(), (uid, now) -> now == account && now.isEmpty() ? null : now);
  }

  boolean isEmpty() {
    return byUid.isEmpty();
  }

  List<Account> all() {
    return List.copyOf(byUid.values());
  }
}
