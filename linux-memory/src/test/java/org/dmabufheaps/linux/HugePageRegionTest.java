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
import java.util.Random;
import java.util.stream.Stream;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Regions of huge pages, with udmabuf and without it. Runs where huge pages were set aside. */
@Tag("kernel")
@Tag("hugepages")
@ExtendWith({NeedsHugePages.class, NothingLeft.class})
class HugePageRegionTest {
  private static final long PAGE = TestKernel.real().pageSize();

  private final LinuxMemory linux = TestKernel.linux();
  private final List<String> reports = new ArrayList<>();
  private long huge;

  @BeforeEach
  void pool() {
    huge = pages().pageBytes();
  }

  private HugePages pages() {
    return linux.hugePages().get(0);
  }

  private Region region(RegionSource source, Placement placement) throws HeapException {
    return linux.region(source, placement, null, reports::add);
  }

  private static DmaBufOps take(Region region, long size) throws HeapException {
    return region.allocate(new TestRequest(size));
  }

  private static void expectContiguous(DmaBufOps slice) throws Exception {
    View view = slice.map();
    slice.beginCpuAccess(Access.READ_WRITE);
    int size = (int) slice.size();
    ByteBuffer bytes = view.bytes(0, size);
    assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(size)), "zero");
    for (int at = 0; at < size; at += (int) PAGE) {
      bytes.putLong(at, at + 1);
    }
    slice.endCpuAccess(Access.READ_WRITE);
    view.retire();
    long[] frames = frames(((Slice) slice).memory());
    for (int i = 1; i < frames.length; i++) {
      assertEquals(frames[0] + i, frames[i], "page " + i);
    }
  }

  /** Of each page, read through the memfd: of a udmabuf's mapping the kernel tells none. */
  private static long[] frames(SliceMemory slice) throws Exception {
    Mapping view = slice.memory().map(slice.ranges(), "slice");
    ByteBuffer bytes = view.bytes(0, (int) slice.bytes());
    for (int at = 0; at < bytes.capacity(); at += (int) PAGE) {
      assertEquals(at + 1, bytes.getLong(at), "the same memory");
    }
    int count = (int) (slice.bytes() / PAGE);
    long address = TestKernel.real().sys().address(bytes);
    long[] frames = PageFrames.of(TestKernel.real(), address, count, PAGE);
    view.retire();
    return frames;
  }

  @Test
  void slicesOfAHugePageAreApartAndZeroAgainAfterUse() throws Exception {
    Random random = new Random(1);
    try (Region region = region(RegionSource.hugePages(2 * huge), Placement.firstFit())) {
      RegionInfo info = region.info();
      assertEquals(2 * huge, info.sizeBytes());
      assertEquals("region-hugetlb", info.backing());
      List<DmaBufOps> live = new ArrayList<>();
      for (int round = 0; round < 100; round++) {
        if (live.size() > 4) {
          live.remove(random.nextInt(live.size())).release();
        }
        DmaBufOps slice = take(region, 1 + random.nextInt(30 * (int) PAGE));
        View view = slice.map();
        int size = (int) slice.size();
        ByteBuffer bytes = view.bytes(0, size);
        assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(size)), "zero in round " + round);
        while (bytes.hasRemaining()) {
          bytes.put((byte) (round + 1));
        }
        view.retire();
        live.add(slice);
      }
      live.forEach(DmaBufOps::release);
      assertEquals(2 * huge, region.info().freeBytes());
    }
    assertEquals(List.of(), reports);
  }

  @Test
  void anExportedSliceComesBackWhenNobodyHoldsIt() throws Exception {
    try (Region region = region(RegionSource.hugePages(huge), Placement.chunks(huge))) {
      KernelHas.need(KernelHas.HUGETLB, region.info().reason());
      DmaBufOps slice = take(region, huge);
      OwnedFd fd = slice.exportFd();
      slice.release();
      assertEquals(huge, region.info().quarantinedBytes());
      fd.close();
      Ends.soon("its return", () -> region.info().freeBytes() == huge);
      DmaBufOps again = take(region, huge);
      expectContiguous(again);
      again.release();
    }
  }

  @Test
  void aContiguousRegionIsOneAcrossItsHugePages() throws Exception {
    long free = pages().freePages();
    long wanted = NeedsHugePages.PAGES * huge;
    Region region;
    try {
      region = region(new RegionSource.HugePages(wanted, 0, true), Placement.cma());
    } catch (HeapException e) {
      assertTrue(Errno.ENOTSUP.is(e), "only for want of udmabuf: " + e);
      assertEquals(free, pages().freePages());
      KernelHas.need(KernelHas.HUGETLB, e.getMessage());
      throw e;
    }
    try (region) {
      RegionInfo info = region.info();
      System.out.println("the longest physical range: " + info.sizeBytes() + " of " + wanted);
      assertEquals(0, info.sizeBytes() % huge);
      assertTrue(info.sizeBytes() == wanted || info.reason().contains("longest"), info.reason());
      assertEquals(free - info.sizeBytes() / huge, pages().freePages(), "the rest went back");
      DmaBufOps all = take(region, Math.min(info.sizeBytes(), info.maxBytes()));
      expectContiguous(all);
      all.release();
      DmaBufOps lead = take(region, 3 * PAGE);
      DmaBufOps inside = take(region, Math.min(info.sizeBytes() / 2, 3 * huge) + PAGE);
      expectContiguous(inside);
      try (OwnedFd fd = inside.exportFd()) {
        assertEquals(inside.size(), linux.describe(fd.fd()).sizeBytes());
      }
      lead.release();
      inside.release();
      assertEquals(info.sizeBytes(), region.info().freeBytes());
    }
    Ends.soon("the return of the pages", () -> pages().freePages() == free);
  }

  @Test
  void moreThanThereIsIsRefusedWithTheNumberAndTheSetting() throws Exception {
    HugePages pool = pages();
    HeapException e =
        assertThrows(
            HeapException.class,
            () ->
                region(
                    RegionSource.hugePages((pool.freePages() + 1) * huge), Placement.firstFit()));
    assertEquals(Errno.ENOMEM.number(), e.errno());
    String free = pool.freePages() + " of " + pool.pages() + " are free";
    assertTrue(e.getMessage().contains(free), e.getMessage());
    assertTrue(e.getMessage().contains("raise vm.nr_hugepages"), e.getMessage());
    HeapException size =
        assertThrows(
            HeapException.class,
            () -> region(new RegionSource.HugePages(1, 64, false), Placement.firstFit()));
    assertEquals(Errno.ENOTSUP.number(), size.errno());
  }

  @Test
  void noHugePageIsLeftBehind() throws Exception {
    long free = pages().freePages();
    for (int round = 0; round < 20; round++) {
      Region region = region(RegionSource.hugePages(huge), Placement.firstFit());
      DmaBufOps slice = take(region, PAGE);
      region.close();
      expectContiguous(slice);
      slice.release();
    }
    Ends.soon("the return of the pages", () -> pages().freePages() == free);
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      assertEquals(0, maps.filter(line -> line.contains("dmabuf-heaps:region")).count());
    }
  }
}
