// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/**
 * What a heap service says of itself.
 *
 * @param name its name; empty when it gave none
 * @param aliases its further names
 * @param error why these can't be used; empty when they can
 */
record HeapProperties(String name, List<String> aliases, String error) {
  /** As the kernel's documentation wants heap names, and real ones such as {@code linux,cma@5}. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_,.@-]{1,63}");

  /** What a status can't change. */
  private static final List<String> OF_THE_SERVICE =
      List.of(HeapAllocator.NAME, HeapAllocator.ALIASES, Constants.SERVICE_RANKING);

  static HeapProperties of(ServiceReference<Heap> reference) {
    Object name = reference.getProperty(HeapAllocator.NAME);
    List<String> aliases = strings(reference.getProperty(HeapAllocator.ALIASES));
    if (!(name instanceof String text) || !isName(text)) {
      return new HeapProperties(
          "", aliases, HeapAllocator.NAME + "=" + name + " is no heap name: " + NAME);
    }
    for (String alias : aliases) {
      if (!isName(alias)) {
        return new HeapProperties(
            text, List.of(), HeapAllocator.ALIASES + " has " + alias + ", no heap name: " + NAME);
      }
    }
    return new HeapProperties(text, aliases, "");
  }

  private static boolean isName(String text) {
    return NAME.matcher(text).matches() && !text.equals(".") && !text.equals("..");
  }

  private static List<String> strings(Object value) {
    if (value instanceof String[] array) {
      return Arrays.stream(array).filter(text -> !text.isBlank()).toList();
    }
    return value instanceof String text && !text.isBlank() ? List.of(text) : List.of();
  }

  /** The properties of the allocator service: the heap's own, and those of its status. */
  static Map<String, Object> ofAllocator(ServiceReference<Heap> heap, HeapStatus status) {
    Map<String, Object> properties = new TreeMap<>();
    properties.put(HeapAllocator.CONTIGUOUS, false);
    for (String key : heap.getPropertyKeys()) {
      if (key.startsWith("dmabuf.")) {
        properties.put(key, heap.getProperty(key));
      }
    }
    properties.putAll(status.properties());
    for (String key : OF_THE_SERVICE) {
      properties.remove(key);
      if (heap.getProperty(key) != null) {
        properties.put(key, heap.getProperty(key));
      }
    }
    return properties;
  }
}
