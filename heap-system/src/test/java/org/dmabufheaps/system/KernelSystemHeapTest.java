// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.dmabufheaps.linux.DeviceNode;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.ConfigValues;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class KernelSystemHeapTest {
  @Test
  void eachBackingIsTakenWhenItIsThere() throws Exception {
    LinuxMemory linux = LinuxMemory.open();
    DeviceNode node = linux.probe(Path.of("/dev/dma_heap/system"));
    assumeTrue(node.usable(), node.path() + ": " + node.reason());
    Choice best = Choice.of(linux, Settings.DEFAULT);
    assertEquals(Optional.of(Backing.DMA_HEAP), best.backing());
    assertEquals("", best.reason());
    Settings second = Settings.of(ConfigValues.of(Map.of("node", "no-such-node")));
    assertEquals(Optional.of(Backing.UDMABUF), Choice.of(linux, second).backing());
    assertEquals(
        "dma-heap: /dev/dma_heap/no-such-node: ENOENT: no such node",
        Choice.of(linux, second).reason());
  }
}
