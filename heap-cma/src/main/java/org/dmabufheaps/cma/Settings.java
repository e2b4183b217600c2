// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.dmabufheaps.linux.LinuxMemory;

/**
 * A configuration that was checked.
 *
 * @param nodes what is CMA whatever it looks like
 * @param regionBytes the size of the region; 0 to choose it
 * @param pageBytes the size of its huge pages; 0 for the system's default
 */
record Settings(Set<String> nodes, long regionBytes, long pageBytes) {
  static final Settings DEFAULT = new Settings(Set.of(), 0, 0);

  private static final Pattern BLANKS = Pattern.compile("\\s+");
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
    return new Settings(nodes(config), bytes(config, "region.bytes"), pageBytes);
  }

  private static Set<String> nodes(Map<String, ?> config) {
    Object value = config.get("nodes");
    if (value == null || value.equals("")) {
      return Set.of();
    }
    if (!(value instanceof String names)) {
      throw refused("nodes", value, "one text");
    }
    Set<String> nodes = new TreeSet<>();
    for (String node : BLANKS.split(names.strip(), -1)) {
      if (!LinuxMemory.isDmaHeapName(node)) {
        throw refused("nodes", value, "names of 1 to 63 of A-Z a-z 0-9 _ , . @ -, and blanks");
      }
      nodes.add(node);
    }
    return nodes;
  }

  /** Tells whether another configuration asks for the same region. */
  boolean sameRegion(Settings other) {
    return regionBytes == other.regionBytes && pageBytes == other.pageBytes;
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
