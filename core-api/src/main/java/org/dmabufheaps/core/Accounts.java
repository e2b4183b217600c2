// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * The accounts that something is charged to. There is no record of any other: names come from
 * clients, without an end.
 */
final class Accounts {
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
  private final Supplier<Settings> settings;

  /** An account, while it has charges. Their number is changed within the map's own steps only. */
  private static final class Account {
    final Quota quota;
    int charges;

    Account(Quota quota) {
      this.quota = quota;
    }
  }

  Accounts(Supplier<Settings> settings) {
    this.settings = settings;
  }

  /** Returns the quotas of those that something is charged to, by name. */
  Map<String, Quota> quotas() {
    return accounts.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().quota));
  }

  /** Charges a bundle, and an account besides. */
  Charge charge(Operation operation, long bytes, Quota bundle, String name) throws HeapException {
    Account account = accounts.compute(name, this::enter);
    Charge charge = null;
    try {
      charge = Charge.take(operation, bytes, bundle, account.quota);
      return charge;
    } finally {
      if (charge == null) {
        leave(name);
      }
    }
  }

  private Account enter(String name, Account now) {
    Account account = now == null ? new Account(quota(name)) : now;
    account.charges++;
    return account;
  }

  private Quota quota(String name) {
    return new Quota(
        "quota of account " + name, () -> settings.get().quotaOfAccount(name), Errno.EDQUOT) {
      @Override
      void left() {
        leave(name);
      }
    };
  }

  private void leave(String name) {
    accounts.computeIfPresent(name, (key, account) -> --account.charges == 0 ? null : account);
  }

  /** Returns how many have charges. */
  int size() {
    return accounts.size();
  }
}
