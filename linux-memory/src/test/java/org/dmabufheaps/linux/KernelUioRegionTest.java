// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A region through a real UIO device, whose second map is a PCI card's memory at the address that
 * {@code DMABUF_UIO_ADDRESS} tells ({@code with-uio}). A second mapping shows what the region does
 * to it.
 */
@Tag("uio")
@ExtendWith(NothingLeft.class)
class KernelUioRegionTest {
  private static final Path UIO = Path.of("/dev/uio0");
  private static final long PAGE = TestKernel.real().pageSize();
  private static final int SIZE = 1 << 20;

  /** With lists of this test's own. */
  private final Kernel kernel =
      TestKernel.with(TestKernel.real().sys(), Replacement.here(), LoneList.fresh());

  private final LinuxMemory linux = new LinuxMemoryService(kernel);
  private final List<String> reports = new ArrayList<>();
  private long address;
  private Fd device;
  private View memory;

  @BeforeEach
  void mapOnceMore() throws Exception {
    String told = System.getenv("DMABUF_UIO_ADDRESS");
    String missing =
        told == null ? "DMABUF_UIO_ADDRESS is not set" : KernelHas.missing(UIO.toString());
    KernelHas.need(UIO.toString(), missing);
    address = Long.decode(told);
    device = Devices.open(kernel, UIO, Abi.O_RDWR);
    memory =
        Mapping.of(
            kernel,
            () -> device.call(fd -> Mmap.shared(kernel.sys(), fd, new Range(PAGE, SIZE))),
            SIZE,
            new Range(0, SIZE),
            "map1 of " + UIO);
  }

  @AfterEach
  void giveBack() {
    if (memory != null) {
      memory.retire();
    }
    if (device != null) {
      device.close();
    }
  }

  private Region region(long from, Placement placement) throws Exception {
    RegionSource source = RegionSource.physical(UIO, from, SIZE);
    return linux.region(source, placement, new TestBudget(), reports::add);
  }

  private long at(long offset) {
    return memory.bytes(offset, 8).getLong();
  }

  @Test
  void eachSliceIsAtItsAddressAndZeroedBeforeAndAfter() throws Exception {
    memory.bytes(5 * PAGE, 8).putLong(4711);
    try (Region region = region(address, Placement.firstFit())) {
      assertEquals(0, at(5 * PAGE), "zeroed when it is taken");
      assertTrue(region.info().reason().contains("exports nothing"), region.info().reason());
      DmaBufOps first = region.allocate(new TestRequest(3 * PAGE));
      DmaBufOps second = region.allocate(new TestRequest(SIZE / 2));
      assertEquals(OptionalLong.of(address), first.physicalAddress());
      assertEquals(OptionalLong.of(address + 3 * PAGE), second.physicalAddress());
      View view = second.map();
      for (int page = 0; page < SIZE / 2 / PAGE; page++) {
        view.bytes(page * PAGE, 8).putLong(page + 1);
        assertEquals(page + 1, at((3 + page) * PAGE), "page " + page);
      }
      view.retire();
      second.release();
      assertEquals(0, at(3 * PAGE), "zeroed when it is freed");
      first.release();
      assertEquals(SIZE, region.info().largestFreeBytes());
    }
    assertEquals(List.of(), reports);
  }

  @Test
  void whatTheDeviceDoesNotHaveIsRefusedWithWhatItHas() {
    HeapException e =
        assertThrows(HeapException.class, () -> region(address + PAGE, Placement.firstFit()));
    assertTrue(Errno.EINVAL.is(e), e.getMessage());
    assertTrue(e.getMessage().contains(UIO.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("map1"), e.getMessage());
    assertTrue(e.getMessage().contains("0x" + Long.toHexString(address)), e.getMessage());
  }

  @Test
  void piecesOfAMapCanNotBeMappedSoThereAreNoChunks() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> region(address, Placement.chunks(16 * PAGE)));
    assertTrue(e.getMessage().contains("a multiple of " + SIZE), e.getMessage());
  }
}
