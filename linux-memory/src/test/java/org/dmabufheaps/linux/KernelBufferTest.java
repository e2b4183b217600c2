// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
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

  /** A CMA heap's node: its name is the kernel's, or the device tree's. */
  private static final Predicate<String> CMA_NODE =
      Pattern.compile("default_cma_region|reserved|linux,cma.*").asMatchPredicate();

  private final LinuxMemory linux = TestKernel.linux();

  /** A way to a dma-buf. */
  record Way(String name, String exporter) {
    DmaBufOps allocate(LinuxMemory linux, long size) throws HeapException {
      return name.equals("udmabuf")
          ? linux.udmabuf(new TestRequest(size))
          : linux.dmaHeap(name, new TestRequest(size));
    }
  }

  static List<Way> ways() {
    List<Way> ways = new ArrayList<>();
    TestKernel.linux().dmaHeaps().forEach(name -> ways.add(new Way(name, name)));
    ways.add(new Way("udmabuf", "udmabuf"));
    return ways;
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
      assertEquals(way.exporter(), info.exporter());
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

  @Test
  void anEndWithoutABeginIsTold() throws Exception {
    DmaBufOps buffer = linux.udmabuf(new TestRequest(4096));
    HeapException e =
        assertThrows(HeapException.class, () -> buffer.endCpuAccess(Access.READ_WRITE));
    assertEquals(Errno.EINVAL.number(), e.errno());
    assertTrue(e.getMessage().contains("udmabuf of 4096 bytes for READ_WRITE"), e.getMessage());
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
  void anImportedOneIsTheSameMemory(Way way) throws Exception {
    DmaBufOps buffer = way.allocate(linux, 8192);
    OwnedFd fd = buffer.exportFd();
    DmaBufOps imported = linux.importFd(fd.fd());
    assertEquals(8192, imported.size());
    View written = buffer.map();
    View read = imported.map();
    written.bytes(0, 8192).putLong(4096, 42);
    imported.beginCpuAccess(Access.READ);
    assertEquals(42, read.bytes(4096, 8).getLong());
    imported.endCpuAccess(Access.READ);
    written.retire();
    buffer.release();
    fd.close();
    assertEquals(42, read.bytes(4096, 8).getLong(), "the importer keeps the memory");
    read.retire();
    imported.release();
  }

  @Test
  void oneOpenedForReadingCanOnlyBeRead() throws Exception {
    Kernel kernel = TestKernel.real();
    ByteBuffer data = Call.struct(24).putLong(0, 4096).putInt(12, Abi.O_RDONLY | Abi.O_CLOEXEC);
    Fd node = Devices.open(kernel, Path.of("/dev/dma_heap/system"));
    long request = kernel.abi().ioctl().dmaHeapAlloc();
    assertEquals(0, node.call(n -> kernel.sys().ioctl(n, request, data)));
    node.close();
    Fd fd = Fd.of(kernel, data.getInt(8), "read-only");
    DmaBufOps imported = linux.importFd(fd.fd());
    View view = imported.map();
    assertTrue(view.bytes(0, 4096).isReadOnly());
    assertEquals(0, view.bytes(0, 4096).getInt());
    assertThrows(HeapException.class, () -> imported.beginCpuAccess(Access.WRITE));
    view.retire();
    imported.release();
    fd.close();
  }

  @Test
  void rangesOfAMemfdFollowOneAnother() throws Exception {
    DmaBufOps memfd = linux.memfd(new TestRequest(4 * 4096));
    View memory = memfd.map();
    for (int page = 0; page < 4; page++) {
      memory.bytes(page * 4096L, 4).putInt(page);
    }
    DmaBufOps list =
        linux.udmabuf(
            memfd, List.of(new Range(3 * 4096, 4096), new Range(0, 8192), new Range(0, 4096)));
    assertEquals(4 * 4096, list.size());
    View view = list.map();
    int[] order = {3, 0, 1, 0};
    for (int page = 0; page < 4; page++) {
      assertEquals(order[page], view.bytes(page * 4096L, 4).getInt());
    }
    memory.bytes(12288, 4).putInt(77);
    assertEquals(77, view.bytes(0, 4).getInt(), "one memory");
    view.retire();
    list.release();
    memory.retire();
    memfd.release();
  }

  @Test
  void whatUdmabufDoesNotTakeIsRefused() throws Exception {
    Path limit = Path.of("/sys/module/udmabuf/parameters/size_limit_mb");
    String before = Files.readString(limit);
    Files.writeString(limit, "64");
    try {
      assertEquals(64L << 20, linux.udmabufMaxBytes());
      linux.udmabuf(new TestRequest(64L << 20)).release();
      HeapException e =
          assertThrows(
              HeapException.class, () -> linux.udmabuf(new TestRequest((64L << 20) + 4096)));
      assertEquals(Errno.EINVAL.number(), e.errno());
      assertTrue(e.getMessage().contains("over the 67108864"), e.getMessage());
    } finally {
      Files.writeString(limit, before);
    }
    DmaBufOps memfd = linux.memfd(new TestRequest(4096));
    List<Range> tooMany = Collections.nCopies(1025, new Range(0, 4096));
    HeapException e = assertThrows(HeapException.class, () -> linux.udmabuf(memfd, tooMany));
    assertEquals(Errno.EINVAL.number(), e.errno());
    memfd.release();
  }

  @Test
  void aSmallHeapIsEmptyBeforeTheMachineIs() throws Exception {
    Optional<String> cma = linux.dmaHeaps().stream().filter(CMA_NODE).findFirst();
    assumeTrue(cma.isPresent(), "this kernel has no CMA heap");
    List<DmaBufOps> buffers = new ArrayList<>();
    HeapException e =
        assertThrows(
            HeapException.class,
            () -> {
              while (true) {
                buffers.add(linux.dmaHeap(cma.get(), new TestRequest(16 << 20)));
              }
            });
    assertEquals(Errno.ENOMEM.number(), e.errno());
    assertNotEquals(0, buffers.size());
    buffers.forEach(DmaBufOps::release);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void retiringUnderRacingReadersHurtsNobody(Way way) throws Exception {
    Racing.retire(ROUNDS, () -> way.allocate(linux, Racing.SIZE));
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EIO", "EINVAL"})
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
