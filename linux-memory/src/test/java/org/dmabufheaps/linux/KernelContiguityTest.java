// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The buffers of real CMA nodes are one physical range, by their page frame numbers. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class KernelContiguityTest {
  private static final int PAGE = (int) TestKernel.real().pageSize();

  private final LinuxMemory linux = TestKernel.linux();

  @BeforeEach
  void canSeePhysicalMemory() {
    KernelHas.assume(KernelHas.CMA);
    KernelHas.assume(KernelHas.DEVMEM);
  }

  private static void expectOneRangeEach(List<DmaBufOps> buffers) throws Exception {
    List<long[]> all = PhysicalMemory.frames(buffers);
    for (int i = 0; i < buffers.size(); i++) {
      long[] frames = all.get(i);
      assertNotEquals(0, frames[0], buffers.get(i) + " is in no area of CMA");
      for (int page = 1; page < frames.length; page++) {
        assertEquals(frames[0] + page, frames[page], "page " + page + " of " + buffers.get(i));
      }
    }
    buffers.forEach(DmaBufOps::release);
  }

  @Test
  void buffersOfEachNodeAreOneRange() throws Exception {
    for (Way node : Way.all().stream().filter(Way::isCma).toList()) {
      List<DmaBufOps> live = new ArrayList<>();
      for (long size : new long[] {1, 2L * PAGE, 3L * PAGE, 1 << 20, 1920 * 1080 * 4}) {
        live.add(node.allocate(linux, size));
      }
      expectOneRangeEach(live);
    }
  }

  @Test
  void alsoWhereTheAreaIsFragmented() throws Exception {
    Random random = new Random(1);
    Way node = Way.all().stream().filter(Way::isCma).findFirst().orElseThrow();
    List<DmaBufOps> live = new ArrayList<>();
    for (int round = 0; round < 60; round++) {
      if (round % 3 == 2) {
        live.remove(random.nextInt(live.size())).release();
      }
      live.add(node.allocate(linux, (1 + random.nextInt(200)) * (long) PAGE));
    }
    expectOneRangeEach(live);
  }
}
