// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.RegionSource.Physical;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Heaps over physical memory whose configuration changes; a memfd stands for the device. */
@ExtendWith(NothingLeft.class)
class PhysicalRegionHeapTest {
  private static final long PAGE = TestKernel.real().pageSize();
  private static final long ADDRESS = 0x4000_0000L;

  /** With lists of this test's own. */
  private final Kernel kernel =
      TestKernel.with(TestKernel.real().sys(), Replacement.here(), LoneList.fresh());

  private final Regions regions = new Regions(kernel, new PinProbe());
  private final List<String> reports = new ArrayList<>();
  private Fd device;
  private int refusals;
  private RegionHeap heap;

  @BeforeEach
  void makeHeap() throws Exception {
    device = Memfd.create(kernel, 16 * PAGE, "device", Udmabuf.SEALS);
    LinuxMemory linux =
        (LinuxMemory)
            Proxy.newProxyInstance(
                LinuxMemory.class.getClassLoader(),
                new Class<?>[] {LinuxMemory.class},
                (proxy, method, arguments) ->
                    region((Physical) arguments[0], (Placement) arguments[1]));
    heap = new RegionHeap(linux, new TestBudget(), reports::add);
    configure(ADDRESS, 4 * PAGE, Placement.firstFit());
    assertEquals(4 * PAGE, maxBytes());
  }

  @AfterEach
  void closeHeap() {
    heap.close();
    device.close();
  }

  private Region region(Physical source, Placement placement) throws HeapException {
    if (refusals > 0) {
      refusals--;
      throw new HeapException("opening " + source.device(), Errno.EACCES);
    }
    return regions.open(
        regions.physical(
            source,
            () -> device.duplicate("device"),
            FileLayout.straight(source.address() - ADDRESS, source.bytes(), PAGE)),
        placement,
        reports::add);
  }

  private void configure(long address, long bytes, Placement placement) {
    heap.configure(
        () -> RegionSource.physical(Path.of("/dev/mem"), address, bytes), () -> placement);
  }

  private long maxBytes() {
    return (Long) heap.status().properties().get(HeapAllocator.MAX_BYTES);
  }

  private DmaBufOps take(long size) throws HeapException {
    return heap.allocate(new TestRequest(size));
  }

  @Test
  void anotherSizeOrPlacementOfTheSameMemoryTakesItsPlaceWhereNobodyHasABuffer() throws Exception {
    take(4 * PAGE).release();
    configure(ADDRESS, 16 * PAGE, Placement.firstFit());
    assertEquals(16 * PAGE, maxBytes());
    DmaBufOps all = take(16 * PAGE);
    View view = all.map();
    assertEquals(0, view.bytes(15 * PAGE, 8).getLong(0));
    view.retire();
    all.release();
    configure(ADDRESS + PAGE, 2 * PAGE, Placement.firstFit());
    assertEquals(2 * PAGE, maxBytes());
    configure(ADDRESS + PAGE, 2 * PAGE, Placement.chunks(2 * PAGE));
    DmaBufOps chunk = take(1);
    assertEquals(2 * PAGE, chunk.size());
    chunk.release();
    assertEquals(List.of(), reports);
    assertEquals("", heap.status().reason().replaceFirst("exports nothing: .*", ""));
  }

  @Test
  void memoryElsewhereIsTakenBesideWhatLives() throws Exception {
    DmaBufOps live = take(PAGE);
    configure(ADDRESS + 4 * PAGE, 8 * PAGE, Placement.firstFit());
    assertEquals(8 * PAGE, maxBytes());
    live.release();
    assertEquals(List.of(), reports);
  }

  @Test
  void whileSomebodyHasABufferItIsRefusedAndSaysWhatToDo() throws Exception {
    DmaBufOps live = take(PAGE);
    configure(ADDRESS, 16 * PAGE, Placement.firstFit());
    refused("heap:buffers");
    take(PAGE).release();
    live.release();
    configure(ADDRESS, 16 * PAGE, Placement.firstFit());
    assertEquals(16 * PAGE, maxBytes());
    assertFalse(heap.status().reason().contains("refused"), heap.status().reason());
  }

  @Test
  void whatADeviceKeptIsInUseToo() throws Exception {
    DmaBufOps kept = take(PAGE);
    kept.attach("camera0", Access.WRITE);
    kept.abandon("camera0", Access.WRITE);
    kept.release();
    reports.clear();
    configure(ADDRESS, 16 * PAGE, Placement.firstFit());
    refused("or restart the heap's bundle");
    assertEquals(PAGE, heap.usage().quarantinedBytes());
  }

  /** The last good one stays. */
  private void refused(String why) {
    assertTrue(heap.status().available());
    assertTrue(heap.status().reason().contains(why), heap.status().reason());
    assertEquals(1, reports.size(), reports.toString());
    assertTrue(reports.get(0).contains(why), reports.toString());
    assertEquals(4 * PAGE, maxBytes());
  }

  @Test
  void whereTheOtherCanNotBeHadTheLastGoodOneIsTakenAgain() throws Exception {
    refusals = 1;
    configure(ADDRESS, 16 * PAGE, Placement.firstFit());
    refused("opening /dev/mem");
    take(4 * PAGE).release();
  }

  @Test
  void whereThatCanNotBeHadEitherThereIsNoneUntilTheNextConfiguration() throws Exception {
    refusals = 2;
    configure(ADDRESS, 16 * PAGE, Placement.firstFit());
    assertFalse(heap.status().available());
    HeapException e = assertThrows(HeapException.class, () -> take(PAGE));
    assertTrue(Errno.ENODEV.is(e), e.getMessage());
    configure(ADDRESS, 4 * PAGE, Placement.firstFit());
    take(4 * PAGE).release();
  }
}
