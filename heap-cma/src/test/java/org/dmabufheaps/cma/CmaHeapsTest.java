// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.cma.FakeMachine.Registered;
import org.dmabufheaps.linux.CmaArea;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.PagePool;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CmaHeapsTest {
  private static final Optional<CmaArea> DEFAULT = Optional.of(new CmaArea("reserved", 64 << 20));

  private FakeMachine machine;
  private CmaHeaps heaps;

  @BeforeEach
  void make() throws Exception {
    machine = new FakeMachine();
    machine.nodes.put("system", Optional.empty());
    heaps = machine.heaps(machine.linux());
  }

  @AfterEach
  void nothingIsLeft() {
    heaps.deactivate();
    assertEquals(List.of(), machine.services);
    assertNull(machine.watcher);
  }

  private Registered only() {
    assertEquals(1, machine.services.size(), "services");
    return machine.services.get(0);
  }

  @Test
  void withAPoolAnAreasMemoryIsUsedAgainClearedByWhoeverFreesIt() throws Exception {
    machine.nodes.put("reserved", DEFAULT);
    heaps.activate(Map.of());
    Heap heap = only().heap;
    FakePools pools = new FakePools();
    heaps.bindPools(pools);
    DmaBufOps first = heap.allocate(AllocationRequest.uncounted(4096));
    View view = first.map();
    view.bytes(0, 4096).put(7, (byte) 7);
    first.release(view);
    assertEquals(4096, heap.usage().pooledBytes(), "at once, not later");
    DmaBufOps again = heap.allocate(AllocationRequest.uncounted(4096));
    assertSame(first, again);
    View next = again.map();
    assertEquals(0, next.bytes(0, 4096).get(7));
    assertEquals(List.of("reserved"), machine.made);
    heaps.unbindPools(pools);
    again.release(next);
    assertEquals(List.of(), pools.given, "the pool goes back, and nothing is idle");
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    assertEquals(2, machine.made.size());
  }

  @Test
  void eachAreaHasAPoolOfItsOwnAsLongAsItIsThere() throws Exception {
    FakePools pools = new FakePools();
    heaps.bindPools(pools);
    machine.nodes.put("reserved", DEFAULT);
    machine.nodes.put("video", Optional.of(new CmaArea("video", 32 << 20)));
    heaps.activate(Map.of());
    assertEquals(2, pools.given.size());
    machine.services.get(0).heap.allocate(AllocationRequest.uncounted(4096)).release();
    machine.services.get(1).heap.allocate(AllocationRequest.uncounted(8192)).release();
    assertEquals(
        List.of(4096L, 8192L), pools.given.stream().map(PagePool::idleBytes).sorted().toList());
    machine.nodes.remove("video");
    machine.watcher.run();
    assertEquals(1, pools.given.size());
    heaps.deactivate();
    assertEquals(List.of(), pools.given);
    heaps.activate(Map.of());
  }

  @Test
  void aPoolThatTheFrameworkHasTakenBackIsFollowedByTheNext() throws Exception {
    FakePools pools = new FakePools();
    heaps.bindPools(pools);
    machine.nodes.put("reserved", DEFAULT);
    heaps.activate(Map.of());
    assertEquals(1, pools.given.size());
    pools.given.clear();
    heaps.unbindPools(pools);
    FakePools next = new FakePools();
    heaps.bindPools(next);
    assertEquals(1, next.given.size());
    heaps.unbindPools(next);
    assertEquals(List.of(), next.given);
  }

  @Test
  void whenTheAreaIsFullIdleMemoryGoesBackAndItIsTriedOnceMore() throws Exception {
    machine.nodes.put("reserved", DEFAULT);
    heaps.activate(Map.of());
    Heap heap = only().heap;
    FakePools pools = new FakePools();
    heaps.bindPools(pools);
    DmaBufOps live = heap.allocate(AllocationRequest.uncounted(4096));
    heap.allocate(AllocationRequest.uncounted(8192)).release();
    pools.given.get(0).hidden = true;
    machine.fullUntil = () -> pools.given.get(0).idleBytes() == 0;
    heap.allocate(AllocationRequest.uncounted(8192)).release();
    assertThrows(
        HeapException.class,
        () -> {
          machine.fullUntil = () -> false;
          heap.allocate(AllocationRequest.uncounted(8192));
        });
    machine.fullUntil = () -> true;
    live.release();
    heaps.unbindPools(pools);
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOENT", "EACCES", "ENODEV", "ENXIO"})
  void whereANodeHasNoDriverAnyMoreTheOtherOfItsAreaDoes(Errno errno) throws Exception {
    machine.nodes.put("default_cma_region", DEFAULT);
    machine.nodes.put("reserved", DEFAULT);
    heaps.activate(Map.of());
    Heap heap = only().heap;
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    String first = machine.made.remove(0);
    machine.gone.put(first, errno);
    heap.allocate(AllocationRequest.uncounted(4096)).release();
    assertEquals(1, machine.made.size());
    assertNotEquals(first, machine.made.get(0));
    heaps.deactivate();
  }

  @Test
  void nodesOfOneAreaAreOneHeapAndAlsoWhenOneComesLateOrVanishes() throws Exception {
    machine.nodes.put("reserved", DEFAULT);
    heaps.activate(Map.of());
    Registered service = only();
    assertEquals("default_cma_region", service.name());
    assertEquals(true, service.properties.get(HeapAllocator.CONTIGUOUS));
    HeapStatus status = service.heap.status();
    assertEquals("dma-heap", status.properties().get(HeapAllocator.BACKING));
    assertEquals(64L << 20, status.properties().get(HeapAllocator.REGION_BYTES));
    service.heap.allocate(AllocationRequest.uncounted(4096)).release();
    machine.nodes.put("default_cma_region", DEFAULT);
    machine.watcher.run();
    assertSame(service, only(), "its buffers stay");
    service.heap.allocate(AllocationRequest.uncounted(4096)).release();
    assertEquals(List.of("reserved", "default_cma_region"), machine.made);
    machine.nodes.remove("default_cma_region");
    machine.watcher.run();
    assertSame(service, only());
    HeapException e =
        assertThrows(
            HeapException.class,
            () -> service.heap.allocate(AllocationRequest.uncounted((64 << 20) + 4096)));
    assertEquals(Errno.EINVAL.number(), e.errno());
    machine.nodes.remove("reserved");
    machine.watcher.run();
    assertFalse(only().heap.status().available(), "what is there now says why there is nothing");
  }

  @Test
  void anotherAreaIsAnotherHeap() {
    machine.nodes.put("default_cma_region", DEFAULT);
    heaps.activate(Map.of());
    machine.nodes.put("camera", Optional.of(new CmaArea("camera", 0)));
    machine.watcher.run();
    assertEquals(
        List.of("default_cma_region", "camera"),
        machine.services.stream().map(Registered::name).toList());
    assertEquals(List.of(), machine.services.get(1).aliases());
    machine.nodes.remove("camera");
    machine.watcher.run();
    assertEquals("default_cma_region", only().name());
  }

  @Test
  void whatTheKernelDoesNotShowIsBelievedByNameOrBySetting() {
    machine.asked = false;
    machine.nodes.put("reserved", DEFAULT);
    machine.nodes.put("video", Optional.empty());
    heaps.activate(Map.of());
    assertEquals("default_cma_region", only().name());
    heaps.modified(Map.of("nodes", "video absent"));
    assertEquals(
        List.of("default_cma_region", "video"),
        machine.services.stream().map(Registered::name).toList());
    heaps.modified(Map.of("nodes", "a/b"));
    assertEquals(2, machine.services.size(), "the last good one stays");
    assertEquals(1, machine.logged.size(), machine.logged.toString());
    assertTrue(machine.services.get(0).heap.status().reason().contains("nodes = a/b"));
  }

  @Test
  void aNodeThatCouldNotBeAskedIsAskedAgainAndKeepsItsBuffers() throws Exception {
    machine.asked = false;
    machine.nodes.put("reserved", DEFAULT);
    machine.nodes.put("video", Optional.of(new CmaArea("video", 32 << 20)));
    heaps.activate(Map.of());
    Heap heap = only().heap;
    DmaBufOps live = heap.allocate(AllocationRequest.uncounted(4096));
    assertTrue(machine.look());
    assertSame(heap, only().heap, "nobody can tell yet");
    machine.asked = true;
    assertTrue(machine.look());
    assertEquals(
        List.of("default_cma_region", "video"),
        machine.services.stream().map(Registered::name).toList());
    assertSame(heap, machine.services.get(0).heap, "the same heap, with its buffers");
    assertEquals(64L << 20, heap.status().properties().get(HeapAllocator.REGION_BYTES));
    assertFalse(machine.look(), "all is known");
    live.release();
  }

  @Test
  void aNodeThatCanNeverBeAskedIsAskedTwelveTimesAndThenWhenSomethingChanges() {
    machine.asked = false;
    machine.nodes.put("video", DEFAULT);
    heaps.activate(Map.of());
    int looks = 0;
    while (machine.look()) {
      looks++;
    }
    assertEquals(11, looks, "besides the first time");
    machine.asked = true;
    machine.watcher.run();
    assertEquals("default_cma_region", only().name());
  }

  @Test
  void withoutAnyItSaysWhyQuietly() {
    heaps.activate(Map.of());
    Registered service = only();
    assertEquals("default_cma_region", service.name());
    assertEquals(List.of("reserved", "linux,cma", "default-pool"), service.aliases());
    HeapStatus status = service.heap.status();
    assertFalse(status.available());
    assertTrue(status.reason().contains("does not have"), status.reason());
    HeapException e =
        assertThrows(
            HeapException.class, () -> service.heap.allocate(AllocationRequest.uncounted(4096)));
    assertEquals(Errno.ENODEV.number(), e.errno());
    machine.pools.add(new HugePages(FakeMachine.PAGE, true, 0, 0));
    machine.watcher.run();
    assertTrue(service.heap.status().reason().contains("raise vm.nr_hugepages"));
    machine.nodes.put("default_cma_region", DEFAULT);
    machine.watcher.run();
    assertEquals("dma-heap", only().heap.status().properties().get(HeapAllocator.BACKING));
    assertEquals(List.of(), machine.logged);
  }

  @Test
  void withHugePagesThereIsARegionInItsPlace() throws Exception {
    machine.pools.add(new HugePages(FakeMachine.PAGE, true, 9, 9));
    heaps.activate(Map.of());
    Heap heap = only().heap;
    HeapStatus status = heap.status();
    assertTrue(status.available());
    assertEquals(4 * FakeMachine.PAGE, status.properties().get(HeapAllocator.REGION_BYTES));
    DmaBufOps buffer = heap.allocate(AllocationRequest.uncounted(3 * 4096));
    Map<String, Long> figures = heap.usage().statistics();
    assertEquals(4 * FakeMachine.PAGE, figures.get("region bytes"));
    assertEquals(4 * FakeMachine.PAGE - 3 * 4096, figures.get("free bytes"));
    assertTrue(figures.get("largest free bytes") < figures.get("free bytes"));
    heaps.modified(Map.of("region.bytes", 2 * FakeMachine.PAGE));
    assertSame(heap, only().heap);
    assertEquals(2 * FakeMachine.PAGE, heap.status().properties().get(HeapAllocator.REGION_BYTES));
    buffer.map().retire();
    buffer.release();
    DmaBufOps live = heap.allocate(AllocationRequest.uncounted(4096));
    machine.nodes.put("reserved", DEFAULT);
    machine.watcher.run();
    assertEquals(2, machine.services.size(), "a region that was taken stays");
    assertEquals(1, machine.services.get(1).properties.get("service.ranking"));
    live.release();
  }
}
