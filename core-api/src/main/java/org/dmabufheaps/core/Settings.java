// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Core's settings, checked. Limits are in bytes, {@link Long#MAX_VALUE} where there is none.
 *
 * @param totalMaxBytes the budget; 0 for four fifths of the machine's memory
 * @param reserveBytes what is left to the rest of the system; 0 for a twentieth, at least 64 MiB
 * @param heapMaxBytes for each heap without a quota of its own
 * @param bundleMaxBytes for each bundle without a quota of its own
 * @param accountMaxBytes for each account without a quota of its own
 * @param quotas by {@code "heap:NAME"}, {@code "bundle:NAME"} and {@code "account:NAME"}
 * @param callLimitMillis how long a call into a heap is waited for when the heap leaves
 * @param leakStacks whether handles remember where they were opened
 */
record Settings(
    long totalMaxBytes,
    long reserveBytes,
    long heapMaxBytes,
    long bundleMaxBytes,
    long accountMaxBytes,
    Map<String, Long> quotas,
    long callLimitMillis,
    boolean leakStacks) {

  static final Settings DEFAULT =
      new Settings(0, 0, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Map.of(), 5_000, false);

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException with the key and the value that is wrong
   */
  static Settings of(CoreConfig config) {
    return new Settings(
        notNegative("total.max.bytes", config.total_max_bytes()),
        notNegative("reserve.bytes", config.reserve_bytes()),
        limit("heap.max.bytes", config.heap_max_bytes()),
        limit("bundle.max.bytes", config.bundle_max_bytes()),
        limit("account.max.bytes", config.account_max_bytes()),
        quotas(config.quotas()),
        callLimit(config.call_limit_millis()),
        config.leak_stacks());
  }

  long quotaOfHeap(String name) {
    return quota("heap:", name, heapMaxBytes);
  }

  long quotaOfBundle(String name) {
    return quota("bundle:", name, bundleMaxBytes);
  }

  long quotaOfAccount(String name) {
    return quota("account:", name, accountMaxBytes);
  }

  /** On the way of each allocation, most of them without quotas by name: no key is made then. */
  private long quota(String kind, String name, long otherwise) {
    return quotas.isEmpty() ? otherwise : quotas.getOrDefault(kind + name, otherwise);
  }

  private static long notNegative(String key, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(key + "=" + value + " is negative");
    }
    return value;
  }

  private static long limit(String key, long value) {
    return notNegative(key, value) == 0 ? Long.MAX_VALUE : value;
  }

  private static long callLimit(long millis) {
    if (millis < 10 || millis > 600_000) {
      throw new IllegalArgumentException(
          "call.limit.millis=" + millis + " is not from 10 to 600000");
    }
    return millis;
  }

  private static Map<String, Long> quotas(String[] entries) {
    Map<String, Long> quotas = new LinkedHashMap<>();
    for (String entry : entries) {
      if (entry.isBlank()) {
        continue;
      }
      int equals = entry.lastIndexOf('=');
      String key = equals < 0 ? "" : entry.substring(0, equals).strip();
      if (!key.matches("(heap|bundle|account):.+")) {
        throw new IllegalArgumentException(
            "quotas: \""
                + entry
                + "\" is not heap:NAME=BYTES, bundle:NAME=BYTES or"
                + " account:NAME=BYTES");
      }
      quotas.put(key, bytes(entry, entry.substring(equals + 1).strip()));
    }
    return Map.copyOf(quotas);
  }

  private static long bytes(String entry, String text) {
    try {
      return notNegative("quotas: \"" + entry + "\"", Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("quotas: \"" + entry + "\" has no number of bytes", e);
    }
  }
}
