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
    Map<String, CmaArea> areas = new TreeMap<>();
    for (String name : names) {
      CmaArea area = known.containsKey(name) ? known.get(name) : find(name);
      if (!area.equals(NONE)) {
        areas.put(name, area);
      } else if (configured.contains(name)) {
        areas.put(name, new CmaArea("node " + name, 0));
      }
    }
    return areas;
  }

  /** A node that can't be asked now, for want of permission or memory, is asked again. */
  private CmaArea find(String name) {
    try {
      CmaArea area = linux.cmaArea(name).orElse(NONE);
      known.put(name, area);
      return area;
    } catch (HeapException e) {
      return Area.DEFAULT_NAMES.contains(name) ? new CmaArea("default", 0) : NONE;
    }
  }
}
