// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmabufheaps.spi.ConfigValues;

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

  private static final Pattern QUOTA =
      Pattern.compile("((?:heap|bundle|account):[^=]*[^=\\s][^=]*)=\\s*([0-9]+)");

  /** A file has them in one line; names of heaps may have commas. */
  private static final Pattern BETWEEN_QUOTAS =
      Pattern.compile(",(?=\\s*(?:heap|bundle|account):)");

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException with the key and the value that is wrong
   */
  static Settings of(ConfigValues config) {
    return new Settings(
        config.whole("total.max.bytes", 0, 0, Long.MAX_VALUE),
        config.whole("reserve.bytes", 0, 0, Long.MAX_VALUE),
        limit(config, "heap.max.bytes"),
        limit(config, "bundle.max.bytes"),
        limit(config, "account.max.bytes"),
        quotas(config.texts("quotas")),
        config.whole("call.limit.millis", DEFAULT.callLimitMillis, 10, 600_000),
        config.flag("leak.stacks", false));
  }

  private static long limit(ConfigValues config, String key) {
    long bytes = config.whole(key, 0, 0, Long.MAX_VALUE);
    return bytes == 0 ? Long.MAX_VALUE : bytes;
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

  private static Map<String, Long> quotas(List<String> entries) {
    Map<String, Long> quotas = new HashMap<>();
    entries.stream()
        .flatMap(BETWEEN_QUOTAS::splitAsStream)
        .forEach(
            entry -> {
              Matcher quota = QUOTA.matcher(entry.strip());
              if (!quota.matches()) {
                throw refused(entry);
              }
              quotas.put(quota.group(1).strip(), bytes(entry, quota.group(2)));
            });
    return Map.copyOf(quotas);
  }

  private static long bytes(String entry, String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw refused(entry);
    }
  }

  private static IllegalArgumentException refused(String entry) {
    return ConfigValues.refused(
        "quotas", entry, "heap:NAME=BYTES, bundle:NAME=BYTES and account:NAME=BYTES");
  }
}
