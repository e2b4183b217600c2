// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SystemContigHeapTest {
  private FakeMachine machine;
  private SystemContigHeap heap;

  @BeforeEach
  void make() throws Exception {
    machine = new FakeMachine();
    heap = new SystemContigHeap(machine.logger(), machine.linux());
  }

  private void pages(long bytes, long pages, long free) {
    machine.pools.add(new HugePages(bytes, machine.pools.isEmpty(), pages, free));
  }

  @Test
  void withoutHugePagesItSaysWhyItIsNotThere() throws Exception {
    heap.activate(Map.of());
    HeapStatus none = heap.status();
    assertFalse(none.available());
    assertEquals("this kernel has no huge pages; sizes: []", none.reason());
    HeapException e =
        assertThrows(HeapException.class, () -> heap.allocate(AllocationRequest.uncounted(4096)));
    assertEquals(Errno.ENODEV.number(), e.errno());
    pages(FakeMachine.PAGE, 0, 0);
    HeapStatus empty = heap.status();
    assertFalse(empty.available());
    assertTrue(empty.reason().contains("raise vm.nr_hugepages"), empty.reason());
    machine.pools.clear();
    pages(FakeMachine.PAGE, 4, 4);
    assertTrue(heap.status().available(), "set aside later");
    assertEquals(java.util.List.of(), machine.logged);
    heap.deactivate();
    assertNull(machine.watcher);
  }

  @Test
  void aBufferIsUpToOneHugePage() throws Exception {
    pages(FakeMachine.PAGE, 4, 4);
    heap.activate(Map.of());
    HeapStatus status = heap.status();
    assertEquals("hugetlb", status.properties().get(HeapAllocator.BACKING));
    assertTrue((long) status.properties().get(HeapAllocator.MAX_BYTES) <= FakeMachine.PAGE);
    for (long size : new long[] {4096, 3 * 4096, FakeMachine.PAGE}) {
      DmaBufOps buffer = heap.allocate(AllocationRequest.uncounted(size));
      assertEquals(size, buffer.size());
      View view = buffer.map();
      assertEquals(0, view.bytes(size - 8, 8).getLong());
      view.retire();
      buffer.release();
    }
    HeapException e =
        assertThrows(
            HeapException.class,
            () -> heap.allocate(AllocationRequest.uncounted(FakeMachine.PAGE + 4096)));
    assertEquals(Errno.EINVAL.number(), e.errno());
    assertTrue(e.getMessage().contains("limit " + FakeMachine.PAGE), e.getMessage());
    assertEquals(4, heap.usage().statistics().get("huge pages free"));
    heap.deactivate();
  }

  @Test
  void aHugePageIsTriedOnceAndNeverTheLast() throws Exception {
    pages(FakeMachine.PAGE, 4, 1);
    heap.activate(Map.of());
    assertTrue(heap.status().available());
    assertEquals(0, machine.regions, "a client may want it in this moment");
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    machine.pools.clear();
    pages(FakeMachine.PAGE, 4, 4);
    machine.regions = 0;
    HeapStatus tried = heap.status();
    assertEquals(tried.properties(), heap.status().properties());
    assertEquals(1, machine.regions);
    machine.watcher.run();
    heap.status();
    assertEquals(2, machine.regions, "another device may be there");
    heap.deactivate();
  }

  @Test
  void whereAllAreTakenItStaysAndRefusesWithTheNumber() throws Exception {
    pages(FakeMachine.PAGE, 4, 0);
    heap.activate(Map.of());
    HeapStatus status = heap.status();
    assertTrue(status.available());
    HeapException e =
        assertThrows(HeapException.class, () -> heap.allocate(AllocationRequest.uncounted(4096)));
    assertEquals(Errno.ENOMEM.number(), e.errno());
    assertTrue(e.getMessage().contains("raise vm.nr_hugepages"), e.getMessage());
    heap.deactivate();
  }

  @Test
  void theSizeOfTheHugePagesCanBeChosenAndAWrongChoiceKeepsTheLast() throws Exception {
    pages(FakeMachine.PAGE, 4, 4);
    pages(1 << 30, 1, 1);
    AtomicInteger changes = new AtomicInteger();
    heap.activate(Map.of("max.bytes", "8192"));
    heap.watch(changes::incrementAndGet);
    assertEquals(8192L, heap.status().properties().get(HeapAllocator.MAX_BYTES));
    heap.modified(Map.of("page.bytes", "12345"));
    assertEquals(1, changes.get());
    assertTrue(heap.status().reason().contains("page.bytes = 12345"), heap.status().reason());
    assertEquals(8192L, heap.status().properties().get(HeapAllocator.MAX_BYTES));
    assertEquals(1, machine.logged.size(), machine.logged.toString());
    heap.modified(Map.of("page.bytes", 4L << 20));
    assertFalse(heap.status().available());
    assertTrue(heap.status().reason().contains("4194304"), heap.status().reason());
    machine.watcher.run();
    assertEquals(3, changes.get());
    heap.deactivate();
  }
}
