// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Regions whose slices are udmabufs. Runs where there are device nodes. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class KernelRegionTest {
  private static final long PAGE = TestKernel.real().pageSize();
  private static final long SIZE = 64 * PAGE;

  @TempDir Path directory;

  private final LinuxMemory linux = TestKernel.linux();
  private final List<String> reports = new CopyOnWriteArrayList<>();

  static List<Placement> placements() {
    return RegionTest.placements();
  }

  private Region region(Placement placement) throws HeapException {
    return linux.region(RegionSource.memfd(SIZE), placement, new TestBudget(), reports::add);
  }

  private static DmaBufOps take(Region region, long size) throws HeapException {
    return region.allocate(new TestRequest(size));
  }

  @AfterEach
  void noThreadIsLeft() throws Exception {
    Ends.soon(
        "the end of the region's thread",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("dmabuf-region")));
  }

  private static void write(DmaBufOps slice, long value) throws HeapException {
    View view = slice.map();
    slice.beginCpuAccess(Access.WRITE);
    ByteBuffer bytes = view.bytes(0, (int) slice.size());
    while (bytes.hasRemaining()) {
      bytes.putLong(value);
    }
    slice.endCpuAccess(Access.WRITE);
    view.retire();
  }

  private static void expectZero(DmaBufOps slice) throws HeapException {
    View view = slice.map();
    int size = (int) slice.size();
    assertEquals(-1, view.bytes(0, size).mismatch(ByteBuffer.allocate(size)));
    view.retire();
  }

  @ParameterizedTest
  @MethodSource("placements")
  void eachSliceIsADmaBufOfItsOwn(Placement placement) throws Exception {
    try (Region region = region(placement)) {
      assertEquals("dma-buf", region.info().exports());
      assertEquals("", region.info().reason());
      DmaBufOps a = take(region, 3 * PAGE);
      DmaBufOps b = take(region, 3 * PAGE);
      try (OwnedFd first = a.exportFd();
          OwnedFd second = b.exportFd()) {
        DescriptorInfo info = linux.describe(first.fd());
        assertEquals(DescriptorInfo.Kind.DMA_BUF, info.kind());
        assertEquals("udmabuf", info.exporter());
        assertEquals("org.acme.test", info.name());
        assertEquals(a.size(), info.sizeBytes());
        assertEquals(2, info.count());
        assertTrue(info.inode() != linux.describe(second.fd()).inode());
        write(a, 1);
        DmaBufOps imported = linux.importFd(first.fd());
        View view = imported.map();
        assertEquals(1, view.bytes(PAGE, 8).getLong());
        view.retire();
        imported.release();
      }
      expectZero(b);
      a.release();
      b.release();
      assertEquals(SIZE, region.info().freeBytes());
    }
    assertEquals(List.of(), reports);
  }

  @Test
  void chunksFromHereAndThereAreOneDmaBuf() throws Exception {
    try (Region region = region(Placement.chunks(PAGE))) {
      DmaBufOps first = take(region, 2 * PAGE);
      DmaBufOps middle = take(region, PAGE);
      first.release();
      DmaBufOps parts = take(region, 5 * PAGE);
      View view = parts.map();
      for (int page = 0; page < 5; page++) {
        view.bytes(page * PAGE, 8).putLong(page + 1);
      }
      try (OwnedFd fd = parts.exportFd()) {
        DmaBufOps imported = linux.importFd(fd.fd());
        View other = imported.map();
        for (int page = 0; page < 5; page++) {
          assertEquals(page + 1, other.bytes(page * PAGE, 8).getLong());
        }
        other.retire();
        imported.release();
      }
      view.retire();
      expectZero(middle);
      middle.release();
      parts.release();
    }
  }

  @Test
  void itIsAskedWhetherADeviceIsAtWorkAfterTheLastHolderHasLeft() throws Exception {
    AtomicReference<OwnedFd> holder = new AtomicReference<>();
    AtomicInteger early = new AtomicInteger();
    AtomicInteger polls = new AtomicInteger();
    Kernel kernel =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) -> {
                  if (name.equals("poll")) {
                    (holder.get() == null ? polls : early).incrementAndGet();
                  }
                  return 0;
                }));
    try (Region region =
        new LinuxMemoryService(kernel)
            .region(
                RegionSource.memfd(SIZE), Placement.firstFit(), new TestBudget(), reports::add)) {
      DmaBufOps slice = take(region, PAGE);
      holder.set(slice.exportFd());
      slice.release();
      assertEquals(PAGE, region.info().quarantinedBytes());
      assertEquals(0, early.get(), "who holds it may still add a fence");
      polls.set(0);
      holder.getAndSet(null).close();
      Ends.soon("its return", () -> region.info().freeBytes() == SIZE);
      assertTrue(polls.get() > 0);
    }
  }

  @Test
  void aSliceThatAnotherProcessHoldsIsNotUsedAgainUntilThatProcessIsDead() throws Exception {
    try (Region region = region(Placement.firstFit())) {
      DmaBufOps slice = take(region, 4 * PAGE);
      OwnedFd fd = slice.exportFd();
      HoldingPeer peer = new HoldingPeer(linux, directory.resolve("s"), fd);
      try {
        fd.close();
        slice.release();
        Ends.soon("a report", () -> !reports.isEmpty());
        RegionInfo held = region.info();
        assertEquals(4 * PAGE, held.quarantinedBytes());
        assertEquals(SIZE - 4 * PAGE, held.freeBytes());
        assertEquals(1, held.slices());
        DmaBufOps rest = take(region, SIZE - 4 * PAGE);
        HeapException e = assertThrows(HeapException.class, () -> take(region, PAGE));
        assertEquals(Errno.ENOMEM.number(), e.errno());
        assertTrue(e.getMessage().contains(4 * PAGE + " in quarantine"), e.getMessage());
        expectZero(rest);
        rest.release();
      } finally {
        peer.kill();
      }
      long dead = System.nanoTime();
      // Nobody calls the region: its own thread finds out.
      Ends.soon(
          "the end of the thread",
          () ->
              Thread.getAllStackTraces().keySet().stream()
                  .noneMatch(thread -> thread.getName().equals("dmabuf-region")));
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - dead);
      System.out.println("returned " + millis + " ms after the holder's death");
      DmaBufOps all = take(region, SIZE);
      expectZero(all);
      all.release();
    }
    assertEquals(1, reports.size(), reports.toString());
    assertTrue(reports.get(0).contains("in quarantine"), reports.toString());
  }

  @Test
  void aDescriptorThatIsStillOpenHereKeepsTheSlice() throws Exception {
    try (Region region = region(Placement.cma())) {
      DmaBufOps slice = take(region, PAGE);
      OwnedFd fd = slice.exportFd();
      write(slice, 7);
      slice.release();
      assertEquals(PAGE, region.info().quarantinedBytes());
      DmaBufOps imported = linux.importFd(fd.fd());
      fd.close();
      View view = imported.map();
      imported.release();
      assertEquals(7, view.bytes(0, 8).getLong(), "the mapping alone keeps it");
      assertEquals(PAGE, region.info().quarantinedBytes());
      view.retire();
      Ends.soon("its return", () -> region.info().freeBytes() == SIZE);
      DmaBufOps again = take(region, SIZE);
      expectZero(again);
      again.release();
    }
  }

  @Test
  void anExportedSliceReturnsAtOnceWhenNobodyHoldsIt() throws Exception {
    try (Region region = region(Placement.firstFit())) {
      for (int round = 0; round < 200; round++) {
        DmaBufOps slice = take(region, SIZE);
        expectZero(slice);
        slice.exportFd().close();
        write(slice, round + 1);
        slice.release();
      }
      assertEquals(SIZE, region.info().freeBytes());
    }
    assertEquals(List.of(), reports);
  }

  /** A kernel as those before 6.12: a page pin leaves no trace, so the pages themselves go. */
  @Test
  void whereAPinLeavesNoTraceAnExportedSliceGetsFreshPages() throws Exception {
    Kernel kernel = TestKernel.with(TestKernel.watched((name, arguments) -> 0));
    Kernel pinning =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) -> name.equals("vmsplice") ? Errno.EAGAIN.number() : 0));
    assertFalse(new PinProbe().refused(pinning));
    assertTrue(new PinProbe().refused(kernel), "this kernel refuses pins");
    LinuxMemory old = new LinuxMemoryService(pinning);
    try (Region region =
        old.region(
            RegionSource.memfd(SIZE), Placement.firstFit(), new TestBudget(), reports::add)) {
      DmaBufOps slice = take(region, SIZE);
      OwnedFd fd = slice.exportFd();
      write(slice, 1);
      slice.release();
      assertEquals(SIZE, region.info().quarantinedBytes());
      fd.close();
      Ends.soon("its return", () -> region.info().freeBytes() == SIZE);
      DmaBufOps again = take(region, SIZE);
      expectZero(again);
      again.release();
    }
  }

  @Test
  void aClosedRegionForgetsWhatOthersHold() throws Exception {
    Region region = region(Placement.firstFit());
    DmaBufOps slice = take(region, PAGE);
    OwnedFd fd = slice.exportFd();
    write(slice, 9);
    slice.release();
    assertEquals(PAGE, region.info().quarantinedBytes());
    region.close();
    Ends.soon("the end of the reservation", () -> TestRequest.RESERVED.get() == 0);
    DmaBufOps imported = linux.importFd(fd.fd());
    View view = imported.map();
    assertEquals(9, view.bytes(0, 8).getLong(), "whoever holds it keeps it");
    view.retire();
    imported.release();
    fd.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EIO"})
  void aCallThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    Faults.atEachStep(errno, this::useRegion);
  }

  @Test
  void aSignalAtAnyStepIsNotNoticed() throws Exception {
    Faults.signalAtEachStep(this::useRegion);
  }

  private void useRegion(LinuxMemory failing) throws Exception {
    try (Region region =
        failing.region(
            RegionSource.memfd(SIZE), Placement.chunks(PAGE), new TestBudget(), reports::add)) {
      List<DmaBufOps> slices = new ArrayList<>();
      try {
        slices.add(take(region, PAGE));
        slices.add(take(region, PAGE));
        slices.remove(0).release();
        slices.add(take(region, 2 * PAGE));
        Faults.use(failing, slices.get(1));
      } finally {
        slices.forEach(DmaBufOps::release);
      }
      Ends.soon("the return of all", () -> region.info().freeBytes() == SIZE);
    }
  }
}
