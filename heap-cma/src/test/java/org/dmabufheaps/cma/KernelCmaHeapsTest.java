// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Access;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.cma.FakeMachine.Registered;
import org.dmabufheaps.linux.KernelHas;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The CMA areas of a real kernel, or the region in their place. */
@Tag("kernel")
class KernelCmaHeapsTest {
  private static final int SIZE = 1 << 20;

  private final FakeMachine framework = new FakeMachine();
  private final LinuxMemory linux = LinuxMemory.open();

  KernelCmaHeapsTest() throws Exception {}

  @Test
  void eachAreaIsOneHeapAndTheSystemHeapIsNone() throws Exception {
    List<String> nodes = new ArrayList<>(linux.dmaHeaps());
    nodes.remove("system");
    KernelHas.assume(KernelHas.CMA);
    assertEquals(java.util.Optional.empty(), linux.cmaArea("system"));
    CmaHeaps heaps = framework.heaps(linux);
    heaps.activate(Map.of());
    assertEquals(1, framework.services.size(), "one area, whatever its nodes are called");
    Registered service = framework.services.get(0);
    assertEquals("default_cma_region", service.name());
    for (String node : nodes) {
      assertTrue(
          node.equals("default_cma_region") || service.aliases().contains(node),
          node + " in " + service.aliases());
    }
    HeapStatus status = service.heap.status();
    assertEquals("dma-heap", status.properties().get(HeapAllocator.BACKING));
    Path areas = Path.of("/sys/kernel/mm/cma");
    Path bytes = areas.resolve(linux.cmaArea(nodes.get(0)).orElseThrow().name() + "/total_pages");
    boolean told = areas.toFile().list().length == 1 || Files.exists(bytes);
    assertEquals(
        told ? 64L << 20 : null,
        status.properties().get(HeapAllocator.REGION_BYTES),
        "with several areas old kernels don't tell their sizes");
    DmaBufOps buffer = service.heap.allocate(AllocationRequest.uncounted(8 << 20));
    try (OwnedFd fd = buffer.exportFd()) {
      assertTrue(nodes.contains(linux.describe(fd.fd()).exporter()));
    }
    buffer.release();
    heaps.deactivate();
    assertEquals(List.of(), framework.logged);
  }

  @Test
  void withAPoolAnAreasBufferIsUsedAgainOnlyWhenNobodyElseHasIt() throws Exception {
    KernelHas.assume(KernelHas.CMA);
    CmaHeaps heaps = framework.heaps(linux);
    heaps.activate(Map.of());
    FakePools pools = new FakePools();
    heaps.bindPools(pools);
    Heap heap = framework.services.get(0).heap;
    DmaBufOps first = written(heap);
    first.release();
    assertEquals(SIZE, heap.usage().pooledBytes());
    DmaBufOps again = written(heap);
    assertSame(first, again);
    OwnedFd held = again.exportFd();
    again.release();
    assertEquals(0, heap.usage().pooledBytes(), "somebody has its descriptor");
    DmaBufOps other = written(heap);
    assertNotSame(again, other);
    held.close();
    other.exportFd().close();
    other.release();
    assertEquals(SIZE, heap.usage().pooledBytes(), "everybody has let go");
    heaps.deactivate();
    assertEquals(List.of(), pools.given);
    assertEquals(List.of(), framework.logged);
  }

  /** Takes a buffer, which must be zero, and writes it. */
  private static DmaBufOps written(Heap heap) throws HeapException {
    DmaBufOps buffer = heap.allocate(AllocationRequest.uncounted(SIZE));
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, SIZE);
    assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(SIZE)));
    buffer.beginCpuAccess(Access.READ_WRITE);
    bytes.put(5, (byte) 5).put(SIZE - 1, (byte) 6);
    buffer.endCpuAccess(Access.READ_WRITE);
    view.retire();
    return buffer;
  }

  @Test
  void whereThereIsNoneARegionOfHugePagesStandsIn() throws Exception {
    assumeTrue(linux.dmaHeaps().equals(List.of("system")), "this kernel has a CMA heap");
    long free = linux.hugePages().isEmpty() ? 0 : linux.hugePages().get(0).freePages();
    KernelHas.need(KernelHas.FREE_HUGE_PAGES, free >= 8 ? "" : free + " are free");
    CmaHeaps heaps = framework.heaps(linux);
    heaps.activate(Map.of());
    Registered service = framework.services.get(0);
    HeapStatus status = service.heap.status();
    assertTrue(status.available(), status.reason());
    System.out.println(status);
    assertEquals("dma-buf", status.properties().get(HeapAllocator.EXPORTS));
    List<DmaBufOps> buffers = new ArrayList<>();
    try {
      while (true) {
        buffers.add(service.heap.allocate(AllocationRequest.uncounted(1 << 20)));
      }
    } catch (HeapException full) {
      assertTrue(full.getMessage().contains("are free, in one piece"), full.getMessage());
    }
    assertTrue(buffers.size() > 1, buffers.size() + " buffers");
    buffers.forEach(DmaBufOps::release);
    Map<String, Long> figures = service.heap.usage().statistics();
    assertEquals(figures.get("region bytes"), figures.get("free bytes"));
    heaps.deactivate();
    long after = linux.hugePages().get(0).freePages();
    assertEquals(free, after, "huge pages that are free when the heap has gone");
    assertEquals(List.of(), framework.logged);
  }
}
