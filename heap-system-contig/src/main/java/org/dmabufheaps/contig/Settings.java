// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import org.dmabufheaps.spi.ConfigValues;

/**
 * A configuration that was checked.
 *
 * @param pageBytes the size of the huge pages; 0 for the system's default
 * @param maxBytes the largest buffer; 0 for no limit
 */
record Settings(long pageBytes, long maxBytes) {
  static final Settings DEFAULT = new Settings(0, 0);

  private static final long MAX_BYTES = 999_999_999_999_999_999L;

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException when a value is not allowed; the message has the key, the
   *     value and what is
   */
  static Settings of(ConfigValues config) {
    long pageBytes = config.whole("page.bytes", 0, 0, MAX_BYTES);
    if (Long.bitCount(pageBytes) > 1) {
      throw ConfigValues.refused("page.bytes", pageBytes, "0 or a power of two");
    }
    return new Settings(pageBytes, config.whole("max.bytes", 0, 0, MAX_BYTES));
  }
}
