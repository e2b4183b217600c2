// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The users that have anything. */
final class Accounts {
  private final Map<Integer, Account> byUid = new ConcurrentHashMap<>();

  /** Returns a user's account, made when it is asked for the first time. */
  Account of(int uid) {
    return byUid.computeIfAbsent(uid, Account::new);
  }

  /** Forgets a user who has nothing any more. Only the loop's thread makes accounts. */
  void forgetEmpty(Account account) {
    byUid.computeIfPresent(account.uid(), (uid, now) -> now.isEmpty() ? null : now);
  }

  List<Account> all() {
    return List.copyOf(byUid.values());
  }
}
