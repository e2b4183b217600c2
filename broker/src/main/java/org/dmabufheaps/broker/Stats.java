// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the clients have, as one of them may see it. */
final class Stats {
  private static final int ROOT = 0;

  private Stats() {}

  static Map<String, Object> of(
      List<Client> clients, List<Account> accounts, Policy policy, int uid) {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put(
        "users",
        accounts.stream()
            .filter(account -> uid == ROOT || account.uid() == uid)
            .map(account -> user(account, policy))
            .toList());
    stats.put(
        "clients",
        clients.stream()
            .map(Client::info)
            .filter(info -> uid == ROOT || info.uid() == uid)
            .map(ClientInfo::json)
            .toList());
    return stats;
  }

  private static Map<String, Object> user(Account account, Policy policy) {
    Map<String, Object> user = new LinkedHashMap<>();
    user.put("uid", Integer.toUnsignedLong(account.uid()));
    user.put("bytes", account.bytes());
    user.put("limitBytes", policy.limit() == Policy.UNLIMITED ? null : (Object) policy.limit());
    user.put("releasedBytes", account.outstandingBytes());
    user.put("connections", account.connections());
    return user;
  }
}
