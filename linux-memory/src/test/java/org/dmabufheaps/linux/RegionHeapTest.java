// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.HeapUsage;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class RegionHeapTest {
  private static final long PAGE = TestKernel.real().pageSize();

  private final List<String> reports = new ArrayList<>();
  private final AtomicInteger changes = new AtomicInteger();

  private RegionHeap heap() {
    RegionHeap heap = new RegionHeap(TestKernel.linux(), new TestBudget(), reports::add);
    heap.watch(changes::incrementAndGet);
    return heap;
  }

  private static void configure(RegionHeap heap, long bytes, Placement placement) {
    heap.configure(() -> RegionSource.memfd(bytes), () -> placement);
  }

  private static long maxBytes(RegionHeap heap) {
    return (Long) heap.status().properties().get(HeapAllocator.MAX_BYTES);
  }

  private static DmaBufOps take(RegionHeap heap, long size) throws HeapException {
    return heap.allocate(new TestRequest(size));
  }

  @Test
  void aHeapWithoutAGoodConfigurationIsUnusableAndSaysWhy() {
    try (RegionHeap heap = heap()) {
      configure(heap, -1, Placement.firstFit());
      assertFalse(heap.status().available());
      assertEquals("configuration refused: a region of -1 bytes", heap.status().reason());
      assertEquals(List.of(heap.status().reason()), reports);
      HeapException refused = assertThrows(HeapException.class, () -> take(heap, PAGE));
      assertTrue(Errno.ENODEV.is(refused), refused.getMessage());
      assertEquals(HeapUsage.NONE, heap.usage());
    }
  }

  @Test
  void aBadConfigurationLeavesTheLastGoodOneAndItsBuffers() throws Exception {
    try (RegionHeap heap = heap()) {
      configure(heap, 8 * PAGE, Placement.firstFit());
      assertEquals(8 * PAGE, maxBytes(heap));
      DmaBufOps buffer = take(heap, 8 * PAGE);
      heap.configure(
          () -> {
            throw new IllegalArgumentException("bytes = much");
          },
          Placement::firstFit);
      assertTrue(heap.status().available());
      assertTrue(
          heap.status().reason().startsWith("configuration refused: bytes = much"),
          heap.status().reason());
      assertEquals(8 * PAGE, maxBytes(heap));
      assertThrows(HeapException.class, () -> take(heap, PAGE), "the same region, which is full");
      buffer.release();
      configure(heap, 8 * PAGE, Placement.firstFit());
      assertFalse(heap.status().reason().contains("refused"));
      assertEquals(3, changes.get());
    }
  }

  @Test
  void anotherConfigurationIsAnotherRegionAndBuffersOfTheFormerLiveOn() throws Exception {
    try (RegionHeap heap = heap()) {
      configure(heap, 8 * PAGE, Placement.firstFit());
      DmaBufOps old = take(heap, 8 * PAGE);
      View view = old.map();
      view.bytes(0, 8).putLong(0, 42);
      configure(heap, 8 * PAGE, Placement.chunks(4 * PAGE));
      DmaBufOps fresh = take(heap, 1);
      assertEquals(4 * PAGE, fresh.size());
      assertEquals(42, view.bytes(0, 8).getLong(0));
      view.retire();
      old.release();
      fresh.release();
    }
    assertEquals(List.of(), reports);
  }

  @Test
  void onlyOneRunOfMemoryIsCalledContiguous() {
    try (RegionHeap heap = heap()) {
      configure(heap, 8 * PAGE, Placement.firstFit());
      assertEquals(false, heap.status().properties().get(HeapAllocator.CONTIGUOUS));
    }
  }
}
