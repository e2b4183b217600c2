// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import java.util.EnumSet;
import java.util.Set;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.ConfigValues;

/**
 * A configuration that was checked.
 *
 * @param backings those that may be taken
 * @param node the name of the dma-heap's node
 * @param maxBytes the largest buffer; 0 for no limit
 */
record Settings(Set<Backing> backings, String node, long maxBytes) {
  static final Settings DEFAULT = new Settings(EnumSet.allOf(Backing.class), "system", 0);

  private static final long MAX_BYTES = 999_999_999_999_999_999L;

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException when a value is not allowed; the message has the key, the
   *     value and what is
   */
  static Settings of(ConfigValues config) {
    String node = config.text("node", DEFAULT.node);
    if (!LinuxMemory.isDmaHeapName(node)) {
      throw ConfigValues.refused("node", node, "1 to 63 of A-Z a-z 0-9 _ , . @ -");
    }
    return new Settings(
        backings(config.text("backing", "auto")), node, config.whole("max.bytes", 0, 0, MAX_BYTES));
  }

  private static Set<Backing> backings(String name) {
    if (name.equals("auto")) {
      return DEFAULT.backings;
    }
    for (Backing backing : Backing.values()) {
      if (backing.text.equals(name)) {
        return EnumSet.of(backing);
      }
    }
    throw ConfigValues.refused("backing", name, "auto, dma-heap, udmabuf or memfd");
  }
}
