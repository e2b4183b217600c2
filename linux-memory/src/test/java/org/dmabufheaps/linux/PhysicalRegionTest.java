// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.RegionSource.Physical;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Regions of physical memory; a memfd stands for the device. */
@ExtendWith(NothingLeft.class)
class PhysicalRegionTest {
  private static final long PAGE = TestKernel.real().pageSize();
  private static final long ADDRESS = 0x4000_0000L;
  private static final long SIZE = 16 * PAGE;
  private static final Physical SOURCE = new Physical(Path.of("/dev/mem"), ADDRESS, SIZE);

  @TempDir Path root;

  /** With lists of this test's own. */
  private final Kernel kernel =
      TestKernel.with(TestKernel.real().sys(), Replacement.here(), LoneList.fresh());

  private final Regions regions = new Regions(kernel, new PinProbe());
  private final List<String> reports = new ArrayList<>();
  private Fd device;

  @BeforeEach
  void makeDevice() throws Exception {
    device = Memfd.create(kernel, SIZE, "device", Udmabuf.SEALS);
  }

  @AfterEach
  void closeDevice() {
    device.close();
  }

  private Region region(Placement placement) throws HeapException {
    return region(SOURCE, placement);
  }

  private Region region(Physical source, Placement placement) throws HeapException {
    return regions.open(
        regions.physical(source, () -> device.duplicate("device"), straight(source)),
        placement,
        reports::add);
  }

  private static DmaBufOps take(Region region, long size) throws HeapException {
    return region.allocate(new TestRequest(size));
  }

  private static void fill(DmaBufOps slice, int value) throws HeapException {
    View view = slice.map();
    ByteBuffer bytes = view.bytes(0, (int) slice.size());
    while (bytes.hasRemaining()) {
      bytes.put((byte) value);
    }
    view.retire();
  }

  private static boolean isZero(DmaBufOps slice) throws HeapException {
    View view = slice.map();
    int size = (int) slice.size();
    boolean zero = view.bytes(0, size).mismatch(ByteBuffer.allocate(size)) == -1;
    view.retire();
    return zero;
  }

  @Test
  void aBufferHasItsAddressAndIsNotExported() throws Exception {
    try (Region region = region(Placement.firstFit())) {
      RegionInfo info = region.info();
      assertEquals("region-physical", info.backing());
      assertEquals("none", info.exports());
      assertEquals(OptionalLong.of(ADDRESS), info.physicalAddress());
      DmaBufOps first = take(region, PAGE);
      DmaBufOps second = take(region, 2 * PAGE);
      assertEquals(OptionalLong.of(ADDRESS), first.physicalAddress());
      assertEquals(OptionalLong.of(ADDRESS + PAGE), second.physicalAddress());
      HeapException e = assertThrows(HeapException.class, second::exportFd);
      assertEquals(Errno.ENOTSUP.number(), e.errno());
      fill(second, 1);
      second.release();
      DmaBufOps again = take(region, 2 * PAGE);
      assertTrue(isZero(again));
      first.release();
      again.release();
    }
  }

  @Test
  void piecesFromHereAndThereHaveNoAddress() throws Exception {
    try (Region region = region(Placement.chunks(PAGE))) {
      DmaBufOps first = take(region, PAGE);
      DmaBufOps second = take(region, PAGE);
      first.release();
      DmaBufOps parts = take(region, 2 * PAGE);
      assertEquals(OptionalLong.empty(), parts.physicalAddress());
      assertTrue(isZero(parts));
      second.release();
      parts.release();
    }
  }

  @Test
  void whatWasThereBeforeIsZeroedWhenTheRegionIsTaken() throws Exception {
    Region former = region(Placement.firstFit());
    DmaBufOps slice = take(former, SIZE);
    former.close();
    fill(slice, 7);
    slice.release();
    try (Region region = region(Placement.firstFit())) {
      DmaBufOps again = take(region, SIZE);
      assertTrue(isZero(again));
      again.release();
    }
  }

  @Test
  void aRangeThatARegionHasIsNotGivenToAnother() throws Exception {
    Region region = region(Placement.firstFit());
    DmaBufOps slice = take(region, PAGE);
    region.close();
    Physical overlapping = new Physical(Path.of("/dev/uio0"), ADDRESS + SIZE - PAGE, SIZE);
    for (Physical source : List.of(SOURCE, overlapping)) {
      HeapException e =
          assertThrows(HeapException.class, () -> region(source, Placement.firstFit()));
      assertEquals(Errno.EBUSY.number(), e.errno());
    }
    region(new Physical(Path.of("/dev/mem"), ADDRESS + SIZE, SIZE), Placement.firstFit()).close();
    slice.release();
    region(SOURCE, Placement.firstFit()).close();
  }

  @Test
  void aSliceThatADeviceMayStillWriteIsNotUsedAgainByAnyInstance() throws Exception {
    Region region = region(Placement.firstFit());
    DmaBufOps first = take(region, PAGE);
    DmaBufOps second = take(region, 2 * PAGE);
    first.attach("camera0", Access.WRITE);
    first.attach("camera0", Access.WRITE);
    first.detach("camera0", Access.WRITE);
    first.detach("camera0", Access.WRITE);
    second.attach("camera0", Access.WRITE);
    fill(second, 9);
    second.abandon("camera0", Access.WRITE);
    first.release();
    second.release();
    assertEquals(1, reports.size(), reports.toString());
    assertTrue(reports.get(0).contains("[camera0]"), reports.toString());
    assertEquals(2 * PAGE, region.info().quarantinedBytes());
    assertEquals(SIZE - 2 * PAGE, region.info().freeBytes());
    region.close();
    for (Placement placement :
        List.of(Placement.firstFit(), Placement.cma(), Placement.chunks(PAGE))) {
      try (Region next = region(placement)) {
        assertEquals(2 * PAGE, next.info().quarantinedBytes(), placement.toString());
        assertEquals(SIZE - 2 * PAGE, next.info().freeBytes(), placement.toString());
        List<DmaBufOps> all = new ArrayList<>();
        for (long left = next.info().freeBytes(); left > 0; left -= PAGE) {
          DmaBufOps page = take(next, PAGE);
          long address = page.physicalAddress().orElseThrow();
          assertTrue(address == ADDRESS || address >= ADDRESS + 3 * PAGE, "0x" + address);
          all.add(page);
        }
        all.forEach(DmaBufOps::release);
      }
    }
    View device = Mapping.of(kernel, this.device, SIZE, false, "device");
    assertEquals(9, device.bytes(PAGE, 1).get(), "left as it is");
    device.retire();
  }

  @Test
  void aRegionThatIsClosedWhileASliceIsGivenUpHasNothingLeft() throws Exception {
    AtomicReference<Region> region = new AtomicReference<>();
    region.set(
        regions.open(
            regions.physical(SOURCE, () -> device.duplicate("device"), straight(SOURCE)),
            Placement.firstFit(),
            report -> region.get().close()));
    DmaBufOps slice = take(region.get(), PAGE);
    slice.attach("camera0", Access.WRITE);
    slice.abandon("camera0", Access.WRITE);
    slice.release();
    try (Region next = region(Placement.firstFit())) {
      assertEquals(PAGE, next.info().quarantinedBytes());
    }
  }

  @Test
  void theSystemsOwnMemoryIsNotForTaking() throws Exception {
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(
        root.resolve("proc/iomem"),
        "00001000-3fffffff : System RAM\n  01000000-01ffffff : Kernel code\n40000000-4fffffff :"
            + " Reserved\n80000000-ffffffff : System RAM\n");
    assertEquals(ADDRESS, PhysicalDevice.layout(root, SOURCE, PAGE).from());
    for (long address : new long[] {0x1000, ADDRESS - SIZE, 0xffff_f000L, 0x7fff_f000L}) {
      Physical source = new Physical(Path.of("/dev/mem"), address, SIZE);
      HeapException e =
          assertThrows(HeapException.class, () -> PhysicalDevice.layout(root, source, PAGE));
      assertEquals(Errno.EPERM.number(), e.errno());
      assertTrue(e.getMessage().contains("System RAM"), e.getMessage());
    }
    Files.writeString(root.resolve("proc/iomem"), "00000000-00000000 : System RAM\n");
    assertEquals(0, offset("/dev/mem", 0, PAGE));
  }

  @Test
  void theSystemsOwnMemoryIsNotForTakingByAThreadThatWasInterrupted() throws Exception {
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(root.resolve("proc/iomem"), "40000000-7fffffff : System RAM\n");
    Thread.currentThread().interrupt();
    try {
      refused(Errno.EPERM, "/dev/mem", ADDRESS, SIZE);
    } finally {
      assertTrue(Thread.interrupted(), "and it stays so");
    }
  }

  @Test
  void whereItCanNotBeReadWhatTheSystemUsesNothingIsTaken() throws Exception {
    Files.createDirectories(root.resolve("proc/iomem"));
    refused(Errno.EIO, "/dev/mem", ADDRESS, SIZE);
  }

  @Test
  void aDeviceIsMappedWhereItsDriverSays() throws Exception {
    Path map = Files.createDirectories(root.resolve("sys/class/uio/uio3/maps/map0"));
    Files.writeString(map.resolve("addr"), "0x0000000070000000\n");
    Files.writeString(map.resolve("size"), "0x1000\n");
    Path second = Files.createDirectories(root.resolve("sys/class/uio/uio3/maps/map1"));
    Files.writeString(second.resolve("addr"), "0x40000000\n");
    Files.writeString(second.resolve("size"), "0x100000\n");
    Path buffer = Files.createDirectories(root.resolve("sys/class/u-dma-buf/udmabuf0"));
    Files.writeString(buffer.resolve("phys_addr"), "0x3ffff000\n");
    Files.writeString(buffer.resolve("size"), "1048576\n");
    Physical uio = new Physical(Path.of("/dev/uio3"), ADDRESS, SIZE);
    assertEquals(
        new FileLayout(SIZE, SIZE, PAGE, List.of()),
        PhysicalDevice.layout(root, uio, PAGE),
        "map1, which can only be mapped from its start on");
    assertEquals(0x1000, offset("/dev/udmabuf0", ADDRESS, SIZE));
    for (Runnable wrong :
        List.<Runnable>of(
            () -> refused(Errno.EINVAL, "/dev/uio3", ADDRESS + PAGE, PAGE),
            () -> refused(Errno.EINVAL, "/dev/uio3", ADDRESS, 0x200000),
            () -> refused(Errno.EINVAL, "/dev/udmabuf0", 0x3fffe000L, PAGE),
            () -> refused(Errno.EINVAL, "/dev/udmabuf0", ADDRESS, 0x100000),
            () -> refused(Errno.EINVAL, "/dev/mem", ADDRESS + 1, PAGE),
            () -> refused(Errno.EINVAL, "/dev/mem", ADDRESS, PAGE + 1),
            () -> refused(Errno.ENODEV, "/dev/null", ADDRESS, PAGE))) {
      wrong.run();
    }
    for (long[] range : new long[][] {{-4096, 4096}, {Long.MAX_VALUE - 4095, 8192}, {0, 0}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> RegionSource.physical(Path.of("/dev/mem"), range[0], range[1]));
    }
  }

  private long offset(String device, long address, long bytes) throws HeapException {
    return PhysicalDevice.layout(root, new Physical(Path.of(device), address, bytes), PAGE).from();
  }

  private static FileLayout straight(Physical source) {
    return FileLayout.straight(0, source.bytes(), PAGE);
  }

  private void refused(Errno errno, String device, long address, long bytes) {
    HeapException e =
        assertThrows(HeapException.class, () -> offset(device, address, bytes), device);
    assertEquals(errno.number(), e.errno(), e.getMessage());
  }
}
