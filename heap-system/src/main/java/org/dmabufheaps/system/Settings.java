// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.dmabufheaps.linux.LinuxMemory;

/**
 * A configuration that was checked.
 *
 * @param backings those that may be taken
 * @param node the name of the dma-heap's node
 * @param maxBytes the largest buffer; 0 for no limit
 */
record Settings(Set<Backing> backings, String node, long maxBytes) {
  static final Settings DEFAULT = new Settings(EnumSet.allOf(Backing.class), "system", 0);

  private static final Pattern BYTES = Pattern.compile("[0-9]{1,18}");
  private static final long MAX_BYTES = 999_999_999_999_999_999L;

  /**
   * Reads a configuration, as it comes from Config Admin: of any type, complete or not.
   *
   * @throws IllegalArgumentException when a value is not allowed; the message has the key, the
   *     value and what is
   */
  static Settings of(Map<String, ?> config) {
    String node = text(config, "node", DEFAULT.node);
    if (!LinuxMemory.isDmaHeapName(node)) {
      throw refused("node", node, "1 to 63 of A-Z a-z 0-9 _ , . @ -");
    }
    return new Settings(backings(text(config, "backing", "auto")), node, maxBytes(config));
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
    throw refused("backing", name, "auto, dma-heap, udmabuf or memfd");
  }

  private static long maxBytes(Map<String, ?> config) {
    String text = text(config, "max.bytes", "0");
    if (!BYTES.matcher(text).matches()) {
      throw refused("max.bytes", text, "a number of bytes, 0 to " + MAX_BYTES);
    }
    return Long.parseLong(text);
  }

  /** Numbers come as such, or as text from a file. */
  private static String text(Map<String, ?> config, String key, String otherwise) {
    Object value = config.get(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof String || value instanceof Long || value instanceof Integer) {
      return value.toString().strip();
    }
    throw refused(key, value, "one value of text or a whole number");
  }

  private static IllegalArgumentException refused(String key, Object value, String allowed) {
    return new IllegalArgumentException(key + " = " + value + ": allowed is " + allowed);
  }
}
