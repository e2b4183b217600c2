// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to a dma-buf that this kernel has. Runs where there are device nodes. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class KernelBufferTest {
  private static final int ROUNDS = Integer.getInteger("dmabuf.test.rounds", 500);

  private final LinuxMemory linux = TestKernel.linux();

  static List<Way> ways() {
    return Way.all();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void isADmaBufAllZeroAndOfTheRightSize(Way way) throws Exception {
    for (long size : new long[] {4096, 3 * 4096, 5 << 20}) {
      DmaBufOps buffer = way.allocate(linux, size);
      assertEquals(size, buffer.size());
      View view = buffer.map();
      assertEquals(-1, view.bytes(0, (int) size).mismatch(ByteBuffer.allocate((int) size)));
      OwnedFd fd = buffer.exportFd();
      DescriptorInfo info = linux.describe(fd.fd());
      assertEquals(DescriptorInfo.Kind.DMA_BUF, info.kind());
      assertEquals(size, info.sizeBytes());
      assertEquals(way.name(), info.exporter());
      assertEquals("org.acme.test", info.name(), "the label of the request");
      assertTrue(info.closeOnExec() && info.writable());
      assertEquals(3, info.count(), "two descriptors and a mapping");
      view.retire();
      assertEquals(2, linux.describe(fd.fd()).count());
      fd.close();
      buffer.release();
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void isAllZeroThoughAFormerOneWasWritten(Way way) throws Exception {
    int size = 4 << 20;
    ByteBuffer zeros = ByteBuffer.allocate(size);
    for (int round = 0; round < 20; round++) {
      DmaBufOps buffer = way.allocate(linux, size);
      View view = buffer.map();
      ByteBuffer bytes = view.bytes(0, size);
      assertEquals(-1, bytes.mismatch(zeros), "round " + round);
      while (bytes.hasRemaining()) {
        bytes.putLong(0xAAAA_AAAA_AAAA_AAAAL);
      }
      view.retire();
      buffer.release();
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void accessesOfAllDirectionsBeginAndEnd(Way way) throws Exception {
    DmaBufOps buffer = way.allocate(linux, 4096);
    for (Access access : Access.values()) {
      buffer.beginCpuAccess(access);
      buffer.endCpuAccess(access);
    }
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aLabelIsCutToWhatTheKernelTakes(Way way) throws Exception {
    DmaBufOps buffer = way.allocate(linux, 4096);
    OwnedFd fd = buffer.exportFd();
    buffer.label("a".repeat(127));
    assertEquals("a".repeat(31), linux.describe(fd.fd()).name());
    buffer.label("\u00e9".repeat(40));
    assertEquals("\u00e9".repeat(15), linux.describe(fd.fd()).name());
    buffer.label("");
    assertEquals("", linux.describe(fd.fd()).name());
    fd.close();
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void retiringUnderRacingReadersHurtsNobody(Way way) throws Exception {
    Racing.retire(ROUNDS, () -> way.allocate(linux, Racing.SIZE));
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EAGAIN", "EPERM", "ENOSPC", "EIO", "EINVAL"})
  void aCallThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    for (Way way : ways()) {
      Faults.atEachStep(errno, linux -> useAndRelease(way, linux));
    }
  }

  @Test
  void aSignalAtAnyStepIsNotNoticed() throws Exception {
    for (Way way : ways()) {
      Faults.signalAtEachStep(linux -> useAndRelease(way, linux));
    }
  }

  private static void useAndRelease(Way way, LinuxMemory linux) throws Exception {
    DmaBufOps buffer = way.allocate(linux, 8192);
    try {
      Faults.use(linux, buffer);
    } finally {
      buffer.release();
    }
  }
}
