// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class RacingRetireTest {
  private static final int ROUNDS = Integer.getInteger("dmabuf.test.rounds", 20_000);

  @Test
  void retiringUnderRacingReadersAndWritersHurtsNobody() throws Exception {
    LinuxMemory linux = TestKernel.linux();
    Racing.retire(ROUNDS, () -> linux.memfd(new TestRequest(Racing.SIZE)));
  }

  @Test
  void soDoesRetiringOneOfManyMappingsOfABuffer() throws Exception {
    LinuxMemory linux = TestKernel.linux();
    DmaBufOps shared = linux.memfd(new TestRequest(Racing.SIZE));
    Racing.retireViewsOf(shared, ROUNDS / 10);
    shared.release();
  }
}
