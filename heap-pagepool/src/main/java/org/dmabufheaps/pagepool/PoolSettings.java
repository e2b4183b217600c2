// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.util.Map;
import java.util.TreeMap;

/**
 * A configuration that was checked.
 *
 * @param highBytes the most idle memory in one pool
 * @param refillBytes the most fresh memory that is got in advance for buffers that can't be used
 *     again
 * @param maxAgeMillis after which idle memory is released; 0 for never
 * @param keepReady how many buffers of which size are kept ready, by size in bytes
 */
record PoolSettings(
    long highBytes, long refillBytes, long maxAgeMillis, Map<Long, Integer> keepReady) {
  static final PoolSettings DEFAULT = new PoolSettings(256L << 20, 64L << 20, 5_000, Map.of());

  private static final int MOST_READY = 4096;

  /** A year; in nanoseconds, which it becomes, three centuries are all that there is. */
  private static final long MOST_AGE_MILLIS = 31_536_000_000L;

  PoolSettings {
    keepReady = Map.copyOf(keepReady);
  }

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException with the key, the value and what is allowed
   */
  static PoolSettings of(PagePoolConfig config) {
    return new PoolSettings(
        notNegative("high.bytes", config.high_bytes()),
        notNegative("refill.max.bytes", config.refill_max_bytes()),
        maxAge(config.max_age_millis()),
        keepReady(config.keep_ready()));
  }

  private static long notNegative(String key, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(key + " = " + value + ": allowed is 0 and more");
    }
    return value;
  }

  private static long maxAge(long millis) {
    if (millis < 0 || millis > MOST_AGE_MILLIS) {
      throw new IllegalArgumentException(
          "max.age.millis = " + millis + ": allowed is 0 to " + MOST_AGE_MILLIS);
    }
    return millis;
  }

  private static Map<Long, Integer> keepReady(String[] entries) {
    Map<Long, Integer> ready = new TreeMap<>();
    for (String entry : entries) {
      if (!entry.isBlank()) {
        add(ready, entry.strip());
      }
    }
    return ready;
  }

  private static void add(Map<Long, Integer> ready, String entry) {
    if (!entry.matches("[1-9][0-9]{0,14}\\*[1-9][0-9]{0,3}")) {
      throw refused(entry);
    }
    int star = entry.indexOf('*');
    int count = Integer.parseInt(entry.substring(star + 1));
    if (count > MOST_READY) {
      throw refused(entry);
    }
    ready.merge(Long.parseLong(entry.substring(0, star)), count, Math::max);
  }

  private static IllegalArgumentException refused(String entry) {
    return new IllegalArgumentException(
        "keep.ready = \"" + entry + "\": allowed is BYTES*COUNT with 1 to " + MOST_READY);
  }
}
