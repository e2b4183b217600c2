// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Reservation;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NothingLeft.class)
class MemfdTest {
  private final LinuxMemory linux = TestKernel.linux();

  @ParameterizedTest
  @ValueSource(longs = {4096, 8192, 1 << 20, (33L << 20) + 4096})
  void isZeroAndPopulatedAndAsLargeAsAsked(long size) throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(size));
    assertEquals(size, buffer.size());
    OwnedFd fd = buffer.exportFd();
    Path file = Path.of("/proc/self/fd/" + fd.fd());
    assertEquals(size, Files.size(file));
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, (int) size);
    assertEquals(ByteOrder.nativeOrder(), bytes.order());
    assertEquals(-1, bytes.mismatch(ByteBuffer.allocate((int) size)));
    view.retire();
    fd.close();
    buffer.release();
  }

  @Test
  void whoMapsFirstGetsTheMappingByWhichItWasPopulatedAndTheNextAnother() throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(8192));
    View first = buffer.map();
    View second = buffer.map();
    first.bytes(0, 8192).put(4097, (byte) 9);
    assertEquals(9, second.bytes(0, 8192).get(4097));
    first.retire();
    assertEquals(9, second.bytes(0, 8192).get(4097));
    second.retire();
    buffer.release();
  }

  @Test
  void exportIsCloseOnExecAndSealedAgainstAChangeOfSize() throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(4096));
    try (OwnedFd fd = buffer.exportFd()) {
      DescriptorInfo info = linux.describe(fd.fd());
      assertEquals(DescriptorInfo.Kind.MEMFD, info.kind());
      assertEquals(4096, info.sizeBytes());
      int seals = Memfd.F_SEAL_SHRINK | Memfd.F_SEAL_GROW | Memfd.F_SEAL_SEAL;
      assertEquals(seals, info.seals() & seals);
      assertTrue(info.closeOnExec());
      int seekCur = 1;
      assertEquals(0, TestKernel.real().sys().lseek(fd.fd(), 0, seekCur), "its offset");
      assertTrue(info.writable());
      try (RandomAccessFile file = new RandomAccessFile("/proc/self/fd/" + fd.fd(), "rw")) {
        assertThrows(java.io.IOException.class, () -> file.setLength(0));
        assertThrows(java.io.IOException.class, () -> file.setLength(8192));
      }
    } finally {
      buffer.release();
    }
  }

  @Test
  void exportOutlivesTheBuffer() throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(4096));
    OwnedFd fd = buffer.exportFd();
    View view = buffer.map();
    view.bytes(0, 4096).putInt(0, 77);
    view.retire();
    buffer.release();
    buffer.release();
    DmaBufOps again = linux.importFd(fd.fd());
    fd.close();
    View other = again.map();
    assertEquals(77, other.bytes(0, 4).getInt());
    other.retire();
    again.release();
  }

  @Test
  void cpuAccessAndLabelCostNothingAndWork() throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(4096));
    for (Access access : Access.values()) {
      buffer.beginCpuAccess(access);
      buffer.endCpuAccess(access);
    }
    buffer.label("x".repeat(100));
    buffer.release();
  }

  @Test
  void isMadeWithoutNoexecOnAKernelThatDoesNotKnowIt() throws Exception {
    Kernel old =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) ->
                    name.equals("memfd_create") && ((Integer) arguments[1] & 8) != 0
                        ? Errno.EINVAL.number()
                        : 0));
    new LinuxMemoryService(old).memfd(new TestRequest(4096)).release();
  }

  @Test
  void nothingIsCalledWhenItIsNotAdmitted() {
    AllocationRequest refused =
        new AllocationRequest() {
          @Override
          public long size() {
            return 4096;
          }

          @Override
          public String account() {
            return "";
          }

          @Override
          public String label() {
            return "";
          }

          @Override
          public Reservation reserveFresh(long bytes) throws HeapException {
            throw new HeapException("over the budget", Errno.ENOMEM);
          }
        };
    Kernel silent =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) -> {
                  throw new AssertionError(name);
                }));
    LinuxMemory service = new LinuxMemoryService(silent);
    assertThrows(HeapException.class, () -> service.memfd(refused));
    assertThrows(HeapException.class, () -> service.udmabuf(refused));
    assertThrows(HeapException.class, () -> service.dmaHeap("system", refused));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "../udmabuf", "a b", "ä", "x\0", "system\n"})
  void aNodeNameThatIsNoneIsRefused(String node) {
    assertThrows(IllegalArgumentException.class, () -> linux.dmaHeap(node, new TestRequest(4096)));
  }

  @Test
  void aNodeThatIsNotThereIsNamed() {
    HeapException e =
        assertThrows(
            HeapException.class, () -> linux.dmaHeap("no.such@heap", new TestRequest(4096)));
    assertEquals(Errno.ENOENT.number(), e.errno());
    assertTrue(e.getMessage().contains("/dev/dma_heap/no.such@heap"), e.getMessage());
  }

  @Test
  void rangesThatAreNoneAreRefusedBeforeAnythingIsCalled() throws Exception {
    DmaBufOps memfd = linux.memfd(new TestRequest(16384));
    for (List<Range> ranges :
        List.of(
            List.<Range>of(),
            List.of(new Range(0, 0)),
            List.of(new Range(0, 4097)),
            List.of(new Range(1, 4096)),
            List.of(new Range(-4096, 4096)),
            List.of(new Range(0, -4096)),
            List.of(new Range(16384, 4096)),
            List.of(new Range(Long.MAX_VALUE - 4095, 4096)),
            List.of(new Range(4096, Long.MAX_VALUE - 4095)))) {
      assertThrows(
          IllegalArgumentException.class, () -> linux.udmabuf(memfd, ranges), ranges.toString());
    }
    OwnedFd fd = memfd.exportFd();
    DmaBufOps imported = linux.importFd(fd.fd());
    assertThrows(
        IllegalArgumentException.class, () -> linux.udmabuf(imported, List.of(new Range(0, 4096))));
    imported.release();
    fd.close();
    memfd.release();
    assertThrows(
        IllegalStateException.class, () -> linux.udmabuf(memfd, List.of(new Range(0, 4096))));
  }

  @Test
  void theMemfdIsNamedAfterWhoAskedForIt() throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(4096));
    assertTrue(
        NothingLeft.descriptors().stream()
            .anyMatch(link -> link.startsWith("/memfd:dmabuf-heaps:org.acme.test")));
    buffer.release();
  }
}
