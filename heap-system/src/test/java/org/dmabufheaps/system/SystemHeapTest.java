// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.Reservation;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.service.log.Logger;

class SystemHeapTest {
  private static final String WHY_MEMFD =
      "dma-heap: /dev/dma_heap/system: ENOENT: no such node;"
          + " udmabuf: /dev/udmabuf: EACCES: owner root, group root, mode 0600";

  /** No pool is bound here, and no freelist. */
  private static final BundleContext NO_SERVICES = null;

  private final List<String> logged = new ArrayList<>();
  private FakeDevices devices;
  private SystemHeap heap;

  @BeforeEach
  void make() throws Exception {
    devices = new FakeDevices();
    Logger log =
        (Logger)
            Proxy.newProxyInstance(
                Logger.class.getClassLoader(),
                new Class<?>[] {Logger.class},
                (proxy, method, arguments) -> {
                  logged.add(method.getName() + ": " + arguments[0]);
                  return null;
                });
    heap =
        new SystemHeap(
            log, devices.linux(), (what, bytes) -> Reservation.uncounted(bytes), NO_SERVICES);
  }

  @AfterEach
  void endWatch() {
    if (devices.watcher != null) {
      heap.deactivate();
    }
    assertNull(devices.watcher);
  }

  @Test
  void takesTheBestBackingAndSaysWhyNotABetterOne() throws Exception {
    heap.activate(Map.of());
    assertEquals(
        new HeapStatus(
            true,
            WHY_MEMFD,
            Map.of(HeapAllocator.BACKING, "memfd", HeapAllocator.EXPORTS, "memfd")),
        heap.status());
    heap.allocate(AllocationRequest.uncounted(4096)).release();

    devices.missing.remove(FakeDevices.UDMABUF);
    HeapStatus udmabuf = heap.status();
    assertEquals("udmabuf", udmabuf.properties().get(HeapAllocator.BACKING));
    assertEquals("dma-buf", udmabuf.properties().get(HeapAllocator.EXPORTS));
    assertEquals(64L << 20, udmabuf.properties().get(HeapAllocator.MAX_BYTES));
    assertEquals("dma-heap: /dev/dma_heap/system: ENOENT: no such node", udmabuf.reason());
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    HeapException large =
        assertThrows(
            HeapException.class,
            () -> heap.allocate(AllocationRequest.uncounted((64L << 20) + 4096)));
    assertTrue(large.getMessage().contains("size_limit_mb of udmabuf"), large.getMessage());

    devices.missing.remove(FakeDevices.SYSTEM);
    assertEquals("dma-heap", heap.status().properties().get(HeapAllocator.BACKING));
    assertEquals("", heap.status().reason());
    assertFalse(heap.status().properties().containsKey(HeapAllocator.MAX_BYTES));
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    assertEquals(List.of("memfd", "udmabuf", "dma-heap system"), devices.made);
  }

  @Test
  void aBackingThatWasAskedForIsNotReplacedByAnother() {
    heap.activate(Map.of("backing", "udmabuf"));
    HeapStatus status = heap.status();
    assertFalse(status.available());
    assertTrue(status.reason().startsWith("udmabuf: /dev/udmabuf: EACCES"), status.reason());
    HeapException e =
        assertThrows(HeapException.class, () -> heap.allocate(AllocationRequest.uncounted(4096)));
    assertEquals(Errno.ENODEV.number(), e.errno());
    assertEquals(List.of(), devices.made);
  }

  @Test
  void aLargeRequestIsRefusedWithTheLimitBeforeAnythingIsCalled() throws Exception {
    heap.activate(Map.of("max.bytes", 8192L));
    assertEquals(8192L, heap.status().properties().get(HeapAllocator.MAX_BYTES));
    HeapException e =
        assertThrows(HeapException.class, () -> heap.allocate(AllocationRequest.uncounted(12288)));
    assertTrue(e.getMessage().contains("12288 bytes from heap system, limit 8192"), e.getMessage());
    assertEquals(List.of(), devices.made);
    heap.allocate(AllocationRequest.uncounted(8192)).release();
  }

  @Test
  void aBadConfigurationLeavesTheLastGoodOne() throws Exception {
    heap.activate(Map.of("max.bytes", 8192L));
    heap.modified(Map.of("max.bytes", "lots", "backing", "memfd"));
    assertEquals(8192L, heap.status().properties().get(HeapAllocator.MAX_BYTES));
    assertEquals(1, logged.size());
    assertTrue(logged.get(0).contains("error: configuration org.dmabufheaps.heap.system refused"));
    assertTrue(logged.get(0).contains("max.bytes = lots"), logged.get(0));
    assertTrue(heap.status().reason().contains("max.bytes = lots"), heap.status().reason());
    heap.modified(Map.of("max.bytes", "4096"));
    assertEquals(4096L, heap.status().properties().get(HeapAllocator.MAX_BYTES));
    assertEquals(WHY_MEMFD, heap.status().reason());
    assertEquals(1, logged.size());
  }

  @Test
  void aBadConfigurationAtTheStartGivesTheDefaultsAndAReason() throws Exception {
    heap.activate(Map.of("backing", 7));
    assertEquals(1, logged.size());
    assertTrue(heap.status().available());
    assertTrue(heap.status().reason().contains("backing = 7"), heap.status().reason());
    heap.allocate(AllocationRequest.uncounted(4096)).release();
  }

  @Test
  void aChangeIsToldAndTouchesNoBuffer() throws Exception {
    AtomicInteger told = new AtomicInteger();
    heap.activate(Map.of());
    heap.watch(told::incrementAndGet);
    DmaBufOps buffer = heap.allocate(AllocationRequest.uncounted(4096));
    View view = buffer.map();
    view.bytes(0, 4096).putInt(0, 42);
    devices.missing.clear();
    devices.watcher.run();
    assertEquals(1, told.get());
    assertEquals("dma-heap", heap.status().properties().get(HeapAllocator.BACKING));
    heap.modified(Map.of("backing", "memfd"));
    assertEquals(2, told.get());
    assertEquals("memfd", heap.status().properties().get(HeapAllocator.BACKING));
    assertEquals(42, view.bytes(0, 4096).getInt(0));
    heap.deactivate();
    assertEquals(42, view.bytes(0, 4096).getInt(0), "the buffer does not need the heap");
    view.retire();
    buffer.release();
  }

  @Test
  void aLookThatBeganEarlierAndEndsLaterChangesNothing() throws Exception {
    devices.missing.clear();
    heap.activate(Map.of());
    devices.probed =
        () -> {
          devices.probed = () -> {};
          heap.modified(Map.of("backing", "memfd"));
        };
    assertEquals("memfd", heap.status().properties().get(HeapAllocator.BACKING));
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    assertEquals(List.of("memfd"), devices.made);
  }

  @Test
  void anotherNodeIsTakenWhenItIsConfigured() throws Exception {
    heap.activate(Map.of("node", "linux,cma"));
    assertEquals("dma-heap", heap.status().properties().get(HeapAllocator.BACKING));
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    assertEquals(List.of("dma-heap linux,cma"), devices.made);
  }
}
