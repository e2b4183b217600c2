// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Regions of ordinary pages, on any kernel. */
@ExtendWith(NothingLeft.class)
class RegionTest {
  private static final int PAGE = (int) TestKernel.real().pageSize();
  private static final int SIZE = 64 * PAGE;

  private final LinuxMemory linux = TestKernel.linux();
  private final List<String> reports = new ArrayList<>();

  static List<Placement> placements() {
    return List.of(Placement.firstFit(), Placement.cma(), Placement.chunks(2L * PAGE));
  }

  private Region region(Placement placement) throws HeapException {
    return linux.region(RegionSource.memfd(SIZE), placement, new TestBudget(), reports::add);
  }

  private static DmaBufOps take(Region region, long size) throws HeapException {
    return region.allocate(new TestRequest(size));
  }

  @ParameterizedTest
  @MethodSource("placements")
  void slicesAreZeroAndApartAndZeroAgainAfterUse(Placement placement) throws Exception {
    Random random = new Random(1);
    try (Region region = region(placement)) {
      List<DmaBufOps> live = new ArrayList<>();
      for (int round = 0; round < 300; round++) {
        if (live.size() > 8) {
          live.remove(random.nextInt(live.size())).release();
        }
        DmaBufOps slice = take(region, 1 + random.nextInt(4 * PAGE));
        assertEquals(0, slice.size() % PAGE);
        fillZeroed(slice, (byte) (1 + round));
        live.add(slice);
      }
      live.forEach(DmaBufOps::release);
      RegionInfo info = region.info();
      assertEquals(SIZE, info.freeBytes());
      assertEquals(0, info.slices());
      assertEquals(0, info.quarantinedBytes());
    }
    assertEquals(List.of(), reports);
  }

  /** Checks that it is all zero, and writes it all; a page that two share is seen by the second. */
  private static void fillZeroed(DmaBufOps slice, byte value) throws Exception {
    int size = (int) slice.size();
    View view = slice.map();
    slice.beginCpuAccess(Access.READ_WRITE);
    ByteBuffer bytes = view.bytes(0, size);
    assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(size)));
    while (bytes.hasRemaining()) {
      bytes.put(value);
    }
    slice.endCpuAccess(Access.READ_WRITE);
    view.retire();
  }

  @Test
  void aSliceIsOneMemoryForAllItsViewsAndForNobodyElse() throws Exception {
    try (Region region = region(Placement.chunks(PAGE))) {
      DmaBufOps first = take(region, 2L * PAGE);
      DmaBufOps middle = take(region, PAGE);
      DmaBufOps last = take(region, PAGE);
      first.release();
      DmaBufOps parts = take(region, 5L * PAGE);
      View one = parts.map();
      View two = parts.map();
      for (int page = 0; page < 5; page++) {
        one.bytes((long) page * PAGE, 8).putLong(page + 1);
      }
      for (int page = 0; page < 5; page++) {
        assertEquals(page + 1, two.bytes((long) page * PAGE, 8).getLong(), "page " + page);
      }
      fillZeroed(middle, (byte) 1);
      fillZeroed(last, (byte) 1);
      one.retire();
      two.retire();
      List.of(middle, last, parts).forEach(DmaBufOps::release);
    }
  }

  @Test
  void aByteBufferThatWasKeptSeesZerosAndNotTheNextOwner() throws Exception {
    try (Region region = region(Placement.firstFit())) {
      DmaBufOps slice = take(region, SIZE);
      View view = slice.map();
      ByteBuffer kept = view.bytes(0, SIZE);
      kept.putLong(0, 42);
      view.retire();
      slice.release();
      DmaBufOps next = take(region, SIZE);
      View others = next.map();
      others.bytes(0, SIZE).putLong(0, 77);
      assertEquals(0, kept.getLong(0));
      kept.putLong(8, 42);
      assertEquals(0, others.bytes(0, SIZE).getLong(8));
      others.retire();
      next.release();
    }
  }

  @Test
  void aViewThatNobodyRetiredIsPartedBeforeTheMemoryIsUsedAgain() throws Exception {
    try (Region region = region(Placement.firstFit())) {
      DmaBufOps slice = take(region, PAGE);
      ByteBuffer kept = slice.map().bytes(0, PAGE);
      kept.putLong(0, 42);
      slice.release();
      assertEquals(0, kept.getLong(0));
      assertEquals(SIZE, region.info().freeBytes());
    }
  }

  @Test
  void whatIsTooLargeOrHasNoRoomIsRefusedWithTheFigures() throws Exception {
    try (Region region = region(Placement.firstFit())) {
      HeapException tooLarge = assertThrows(HeapException.class, () -> take(region, SIZE + PAGE));
      assertEquals(Errno.EINVAL.number(), tooLarge.errno());
      assertTrue(tooLarge.getMessage().contains("limit " + SIZE), tooLarge.getMessage());
      assertThrows(HeapException.class, () -> take(region, Long.MAX_VALUE));
      List<DmaBufOps> slices = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        slices.add(take(region, PAGE));
      }
      for (int i : new int[] {6, 5, 3}) {
        slices.remove(i).release();
      }
      HeapException noRoom = assertThrows(HeapException.class, () -> take(region, 3L * PAGE));
      assertEquals(Errno.ENOMEM.number(), noRoom.errno());
      assertTrue(
          noRoom.getMessage().contains(3 * PAGE + " bytes are free, in one piece " + 2 * PAGE),
          noRoom.getMessage());
      slices.forEach(DmaBufOps::release);
      assertEquals(SIZE, region.info().largestFreeBytes());
    }
  }

  @Test
  void aClosedRegionGivesNothingAndWhatLivesStays() throws Exception {
    Region region = region(Placement.firstFit());
    DmaBufOps slice = take(region, PAGE);
    region.close();
    region.close();
    HeapException e = assertThrows(HeapException.class, () -> take(region, PAGE));
    assertEquals(Errno.ENODEV.number(), e.errno());
    fillZeroed(slice, (byte) 1);
    assertTrue(TestRequest.RESERVED.get() >= SIZE, "its memory is still taken");
    slice.release();
    assertEquals(0, TestRequest.RESERVED.get());
  }

  /** A region whose slices wait while views can't be replaced. */
  private Region region(AtomicBoolean refused) throws HeapException {
    List<String> calls = List.of("mmap", "mremap");
    Kernel kernel =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) ->
                    refused.get() && calls.contains(name) ? Errno.ENOMEM.number() : 0),
            Replacement.here());
    return new LinuxMemoryService(kernel)
        .region(RegionSource.memfd(SIZE), Placement.firstFit(), new TestBudget(), reports::add);
  }

  @Test
  void aViewThatCouldNotBeReplacedHoldsItsSliceNoLongerThanThatAndNobodyNeedsToAsk()
      throws Exception {
    AtomicBoolean refused = new AtomicBoolean();
    try (Region region = region(refused)) {
      DmaBufOps slice = take(region, PAGE);
      ByteBuffer kept = slice.map().bytes(0, PAGE);
      kept.putLong(0, 42);
      refused.set(true);
      slice.release();
      assertEquals(PAGE, region.info().quarantinedBytes());
      assertEquals(42, kept.getLong(0));
      refused.set(false);
      Ends.soon("its replacement", () -> kept.getLong(0) == 0);
      Ends.soon(
          "the end of the region's thread", () -> !NothingLeft.things().contains("dmabuf-region"));
      assertEquals(SIZE, region.info().freeBytes());
    }
  }

  @Test
  void whatIsInQuarantineIsNotTriedByWhoeverHasRoomOrAsks() throws Exception {
    AtomicBoolean refused = new AtomicBoolean();
    try (Region region = region(refused)) {
      DmaBufOps slice = take(region, SIZE / 2);
      ByteBuffer kept = slice.map().bytes(0, PAGE);
      refused.set(true);
      slice.release();
      SliceMemory waiting = ((Slice) slice).memory();
      for (int round = 0; round < 1000; round++) {
        take(region, PAGE).release();
        assertEquals(SIZE / 2, region.info().quarantinedBytes());
      }
      // The thread tries it, every 400 ms.
      assertTrue(waiting.attempts < 1000, "tries: " + waiting.attempts);
      assertThrows(HeapException.class, () -> take(region, SIZE));
      refused.set(false);
      assertEquals(0, kept.getLong(0), "nobody wrote to it");
      Ends.soon("its return", () -> region.info().freeBytes() == SIZE);
    }
  }

  @Test
  void aSliceThatWasLostReturns() throws Exception {
    try (Region region = region(Placement.firstFit())) {
      take(region, PAGE);
      long end = System.nanoTime() + 20_000_000_000L;
      while (region.info().freeBytes() < SIZE && System.nanoTime() < end) {
        System.gc();
        Thread.onSpinWait();
      }
      assertEquals(SIZE, region.info().freeBytes());
    }
  }

  @Test
  void withoutUdmabufNoHugePageIsTakenForAContiguousRegion() {
    List<String> calls = new ArrayList<>();
    Kernel kernel =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) -> {
                  calls.add(name);
                  return name.equals("open") ? Errno.EACCES.number() : 0;
                }));
    RegionSource source = new RegionSource.HugePages(64 << 20, 0, true);
    HeapException e =
        assertThrows(
            HeapException.class,
            () ->
                new LinuxMemoryService(kernel)
                    .region(source, Placement.cma(), new TestBudget(), reports::add));
    assertEquals(Errno.ENOTSUP.number(), e.errno());
    assertTrue(e.getMessage().contains("/dev/udmabuf: EACCES"), e.getMessage());
    assertFalse(calls.contains("memfd_create"), calls.toString());
  }

  @Test
  void sourcesAndPlacementsThatCanNotBeAreRefused() {
    for (long bytes : new long[] {0, -1, Long.MIN_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> RegionSource.memfd(bytes));
      assertThrows(IllegalArgumentException.class, () -> Placement.chunks(bytes));
    }
    for (long chunk : new long[] {PAGE + 1, 1, 2L * SIZE}) {
      assertThrows(
          IllegalArgumentException.class, () -> region(Placement.chunks(chunk)), "chunk " + chunk);
    }
  }
}
