// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import org.dmabufheaps.spi.ConfigValues;

/**
 * A configuration that was checked.
 *
 * @param maxBytes the most memory that waits in one freelist; more is freed by its caller
 * @param pollMillis how often the worker looks while there is work
 */
record FreelistSettings(long maxBytes, long pollMillis) {
  static final FreelistSettings DEFAULT = new FreelistSettings(128L << 20, 5);

  private static final long MOST_POLL_MILLIS = 1_000;

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException with the key, the value and what is allowed
   */
  static FreelistSettings of(ConfigValues config) {
    return new FreelistSettings(
        config.whole("max.bytes", DEFAULT.maxBytes, 0, Long.MAX_VALUE),
        config.whole("poll.millis", DEFAULT.pollMillis, 1, MOST_POLL_MILLIS));
  }
}
