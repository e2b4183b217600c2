// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

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
  static FreelistSettings of(DeferredFreeConfig config) {
    if (config.max_bytes() < 0) {
      throw new IllegalArgumentException(
          "max.bytes = " + config.max_bytes() + ": allowed is 0 and more");
    }
    if (config.poll_millis() < 1 || config.poll_millis() > MOST_POLL_MILLIS) {
      throw new IllegalArgumentException(
          "poll.millis = " + config.poll_millis() + ": allowed is 1 to " + MOST_POLL_MILLIS);
    }
    return new FreelistSettings(config.max_bytes(), config.poll_millis());
  }
}
