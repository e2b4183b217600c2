// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dmabufheaps.linux.CmaArea;

/**
 * An area of CMA, as a heap: one, however many nodes the kernel offers for it.
 *
 * @param key what tells areas apart
 * @param name the heap's
 * @param aliases further names; each belongs to one area only
 * @param nodes in {@code /dev/dma_heap}, best first
 * @param bytes the area's size; 0 when unknown
 */
record Area(String key, String name, List<String> aliases, List<String> nodes, long bytes) {
  /** The name of the default area since Linux 6.17. */
  static final String DEFAULT = "default_cma_region";

  /** The key of an area that is known by its node's name. */
  static final String GUESSED = "default";

  /**
   * What the heap of the default area was called in other kernels and on other boards, likeliest
   * first.
   */
  static final List<String> DEFAULT_NAMES =
      List.of(DEFAULT, "reserved", "linux,cma", "default-pool");

  /** The area that a kernel without any does not have, for which a region stands in. */
  static final Area NONE =
      new Area("", DEFAULT, DEFAULT_NAMES.subList(1, DEFAULT_NAMES.size()), List.of(), 0);

  /**
   * Groups nodes by the area that they allocate from.
   *
   * @param areas of each node that is CMA
   */
  static List<Area> group(Map<String, CmaArea> areas) {
    Map<String, Set<String>> nodes = new TreeMap<>();
    areas.forEach(
        (node, area) -> nodes.computeIfAbsent(area.name(), name -> new TreeSet<>()).add(node));
    List<Area> grouped = new ArrayList<>();
    String standard = defaultArea(nodes);
    nodes.forEach(
        (area, names) -> {
          long bytes = areas.get(names.iterator().next()).bytes();
          grouped.add(of(area, names, bytes, area.equals(standard), areas.keySet()));
        });
    return grouped;
  }

  /** The default area has the best known name; an area that is the only one is the default. */
  private static String defaultArea(Map<String, Set<String>> nodes) {
    for (String name : DEFAULT_NAMES) {
      for (Map.Entry<String, Set<String>> area : nodes.entrySet()) {
        if (area.getValue().stream().anyMatch(node -> isCalled(node, name))) {
          return area.getKey();
        }
      }
    }
    return nodes.size() == 1 ? nodes.keySet().iterator().next() : "";
  }

  /** On a board with a device tree the address may follow: {@code linux,cma@50000000}. */
  private static boolean isCalled(String node, String name) {
    return node.equals(name) || node.startsWith(name + "@");
  }

  private static Area of(
      String key, Set<String> nodes, long bytes, boolean standard, Set<String> all) {
    Comparator<String> byAge = Comparator.comparingInt(Area::rank);
    List<String> sorted = nodes.stream().sorted(byAge.thenComparing(node -> node)).toList();
    if (!standard) {
      return new Area(key, sorted.get(0), sorted.subList(1, sorted.size()), sorted, bytes);
    }
    Set<String> aliases = new TreeSet<>(nodes);
    DEFAULT_NAMES.stream().filter(name -> !all.contains(name)).forEach(aliases::add);
    aliases.remove(DEFAULT);
    return new Area(key, DEFAULT, List.copyOf(aliases), sorted, bytes);
  }

  private static int rank(String node) {
    int known = DEFAULT_NAMES.indexOf(node);
    return known < 0 ? DEFAULT_NAMES.size() : known;
  }
}
