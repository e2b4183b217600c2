// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.CmaArea;
import org.dmabufheaps.linux.LinuxMemory;

/** The nodes of the kernel that are CMA. One thread at a time. */
final class Nodes {
  private final LinuxMemory linux;

  /** So often a node that can't be asked is asked, at its coming and then after each look. */
  static final int TRIES = 12;

  /** How often a node was asked in vain, while it is there. */
  private final Map<String, Integer> tries = new TreeMap<>();

  private volatile boolean asksAgain;

  /** What was found out, while the node is there; an empty area is none. */
  private final Map<String, CmaArea> known = new TreeMap<>();

  private static final CmaArea NONE = new CmaArea("", 0);

  Nodes(LinuxMemory linux) {
    this.linux = linux;
  }

  /**
   * Looks which nodes are CMA.
   *
   * @param configured those that are whatever they look like
   */
  Map<String, CmaArea> look(Set<String> configured) {
    List<String> names = linux.dmaHeaps();
    known.keySet().retainAll(names);
    tries.keySet().retainAll(names);
    Map<String, CmaArea> areas = new TreeMap<>();
    for (String name : names) {
      CmaArea area = known.containsKey(name) ? known.get(name) : find(name);
      if (!area.equals(NONE)) {
        areas.put(name, area);
      } else if (configured.contains(name)) {
        areas.put(name, new CmaArea("node " + name, 0));
      }
    }
    asksAgain = tries.values().stream().anyMatch(count -> count < TRIES);
    return areas;
  }

  /** Whether a node could not be asked at the last look, and is worth another one. Any thread. */
  boolean asksAgain() {
    return asksAgain;
  }

  /** A node that can't be asked now, for want of permission, memory or rest, is asked again. */
  private CmaArea find(String name) {
    try {
      CmaArea area = linux.cmaArea(name).orElse(NONE);
      known.put(name, area);
      tries.remove(name);
      return area;
    } catch (HeapException e) {
      tries.merge(name, 1, Integer::sum);
      return Area.DEFAULT_NAMES.contains(name) ? new CmaArea(Area.GUESSED, 0) : NONE;
    }
  }
}
