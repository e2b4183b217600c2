// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.dmabufheaps.linux.KernelHas;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.ConfigValues;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class KernelSystemHeapTest {
  @Test
  void eachBackingIsTakenWhenItIsThere() throws Exception {
    LinuxMemory linux = LinuxMemory.open();
    KernelHas.assume("/dev/dma_heap/system");
    KernelHas.assume("/dev/udmabuf");
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
