// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.linux.KernelHas;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.HeapStatus;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

/** Real huge pages, where some were set aside. */
@Tag("kernel")
class KernelSystemContigHeapTest {
  @Test
  void eachBufferTakesAHugePageAndTheLastRefusalNamesTheSetting() throws Exception {
    LinuxMemory linux = LinuxMemory.open();
    List<HugePages> pools = linux.hugePages();
    boolean some = !pools.isEmpty() && pools.get(0).freePages() > 0;
    KernelHas.need(KernelHas.FREE_HUGE_PAGES, some ? "" : "none are free");
    Logger log =
        (Logger)
            Proxy.newProxyInstance(
                Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (p, m, a) -> null);
    SystemContigHeap heap = new SystemContigHeap(log, linux);
    heap.activate(Map.of());
    HeapStatus status = heap.status();
    assertTrue(status.available(), status.reason());
    List<DmaBufOps> buffers = new ArrayList<>();
    for (long i = 0; i < pools.get(0).freePages(); i++) {
      buffers.add(heap.allocate(AllocationRequest.uncounted(4096 * (i % 3 + 1))));
    }
    HeapException e =
        assertThrows(HeapException.class, () -> heap.allocate(AllocationRequest.uncounted(4096)));
    assertEquals(Errno.ENOMEM.number(), e.errno());
    String none = "0 of " + pools.get(0).pages() + " are free; raise vm.nr_hugepages";
    assertTrue(e.getMessage().contains(none), e.getMessage());
    assertTrue(heap.status().available(), "it keeps its promise to those who have a buffer");
    if (status.properties().get(HeapAllocator.EXPORTS).equals("dma-buf")) {
      try (OwnedFd fd = buffers.get(0).exportFd()) {
        assertEquals(buffers.get(0).size(), linux.describe(fd.fd()).sizeBytes());
        assertEquals("udmabuf", linux.describe(fd.fd()).exporter());
      }
    }
    buffers.forEach(DmaBufOps::release);
    long free = linux.hugePages().get(0).freePages();
    assertEquals(pools.get(0).freePages(), free, "huge pages that are free again");
    heap.deactivate();
  }
}
