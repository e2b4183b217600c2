// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * A configuration that was checked.
 *
 * @param pageBytes the size of the huge pages; 0 for the system's default
 * @param maxBytes the largest buffer; 0 for no limit
 */
record Settings(long pageBytes, long maxBytes) {
  static final Settings DEFAULT = new Settings(0, 0);

  private static final Pattern BYTES = Pattern.compile("[0-9]{1,18}");

  /**
   * Reads a configuration, as it comes from Config Admin: of any type, complete or not.
   *
   * @throws IllegalArgumentException when a value is not allowed; the message has the key, the
   *     value and what is
   */
  static Settings of(Map<String, ?> config) {
    long pageBytes = bytes(config, "page.bytes");
    if (Long.bitCount(pageBytes) > 1) {
      throw refused("page.bytes", pageBytes, "0 or a power of two");
    }
    return new Settings(pageBytes, bytes(config, "max.bytes"));
  }

  /** Numbers come as such, or as text from a file. */
  private static long bytes(Map<String, ?> config, String key) {
    Object value = config.get(key);
    if (value == null) {
      return 0;
    }
    boolean one = value instanceof String || value instanceof Long || value instanceof Integer;
    if (!one || !BYTES.matcher(value.toString().strip()).matches()) {
      throw refused(key, value, "a number of bytes, up to 18 digits");
    }
    return Long.parseLong(value.toString().strip());
  }

  private static IllegalArgumentException refused(String key, Object value, String allowed) {
    return new IllegalArgumentException(key + " = " + value + ": allowed is " + allowed);
  }
}
