// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.dmabufheaps.spi.ConfigValues;

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

  /** A file has them in one line. */
  private static final Pattern COMMA = Pattern.compile(",");

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
  static PoolSettings of(ConfigValues config) {
    return new PoolSettings(
        config.whole("high.bytes", DEFAULT.highBytes, 0, Long.MAX_VALUE),
        config.whole("refill.max.bytes", DEFAULT.refillBytes, 0, Long.MAX_VALUE),
        config.whole("max.age.millis", DEFAULT.maxAgeMillis, 0, MOST_AGE_MILLIS),
        keepReady(config.texts("keep.ready")));
  }

  private static Map<Long, Integer> keepReady(List<String> entries) {
    Map<Long, Integer> ready = new TreeMap<>();
    for (String entry : entries) {
      for (String one : COMMA.split(entry, -1)) {
        add(ready, one.strip());
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
    return ConfigValues.refused("keep.ready", entry, "BYTES*COUNT with 1 to " + MOST_READY);
  }
}
