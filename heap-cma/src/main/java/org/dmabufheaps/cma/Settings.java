// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.ConfigValues;

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
    return new Settings(
        nodes(config.text("nodes", "")), config.whole("region.bytes", 0, 0, MAX_BYTES), pageBytes);
  }

  private static Set<String> nodes(String names) {
    if (names.isEmpty()) {
      return Set.of();
    }
    Set<String> nodes = new TreeSet<>();
    for (String node : BLANKS.split(names, -1)) {
      if (!LinuxMemory.isDmaHeapName(node)) {
        throw ConfigValues.refused(
            "nodes", names, "names of 1 to 63 of A-Z a-z 0-9 _ , . @ -, and blanks");
      }
      nodes.add(node);
    }
    return nodes;
  }

  /** Tells whether another configuration asks for the same region. */
  boolean sameRegion(Settings other) {
    return regionBytes == other.regionBytes && pageBytes == other.pageBytes;
  }
}
