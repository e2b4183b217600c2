// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.dmabufheaps.linux.CmaArea;
import org.junit.jupiter.api.Test;

/** What the kernels and boards of the last years offer. */
class AreaTest {
  private static final CmaArea AREA = new CmaArea("reserved", 64 << 20);

  @Test
  void twoNodesOfOneAreaAreOneHeap() {
    List<Area> areas = Area.group(Map.of("default_cma_region", AREA, "reserved", AREA));
    assertEquals(
        List.of(
            new Area(
                "reserved",
                "default_cma_region",
                List.of("default-pool", "linux,cma", "reserved"),
                List.of("default_cma_region", "reserved"),
                64 << 20)),
        areas);
  }

  @Test
  void theDefaultAreaHasItsNameOnEveryKernel() {
    for (String node : List.of("reserved", "linux,cma", "default-pool", "linux,cma@50000000")) {
      Area area = Area.group(Map.of(node, AREA)).get(0);
      assertEquals("default_cma_region", area.name());
      assertEquals(List.of(node), area.nodes());
      assertEquals(node.contains("@") ? 4 : 3, area.aliases().size(), area.toString());
      assertEquals(true, area.aliases().contains(node));
    }
  }

  @Test
  void anAliasBelongsToOneHeapOnly() {
    List<Area> areas =
        Area.group(
            Map.of(
                "default_cma_region",
                AREA,
                "linux,cma",
                AREA,
                "camera",
                new CmaArea("camera", 0),
                "reserved",
                new CmaArea("board", 8 << 20)));
    assertEquals(
        List.of(
            new Area("board", "reserved", List.of(), List.of("reserved"), 8 << 20),
            new Area("camera", "camera", List.of(), List.of("camera"), 0),
            new Area(
                "reserved",
                "default_cma_region",
                List.of("default-pool", "linux,cma"),
                List.of("default_cma_region", "linux,cma"),
                64 << 20)),
        areas);
  }

  @Test
  void anOnlyAreaIsTheDefaultOne() {
    Area only = Area.group(Map.of("video", AREA)).get(0);
    assertEquals("default_cma_region", only.name());
    assertEquals(List.of("default-pool", "linux,cma", "reserved", "video"), only.aliases());
    assertEquals(List.of(), Area.group(Map.of()));
  }
}
