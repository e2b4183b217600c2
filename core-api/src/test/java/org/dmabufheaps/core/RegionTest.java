// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Reservation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a heap needs of core that sets memory aside and uses it again. */
class RegionTest {
  private static final long MIB = 1L << 20;

  private Core core;
  private FakeHeap heap;
  private AllocationService allocations;
  private MemoryBudget budget;

  @BeforeEach
  void start() {
    core = new Core();
    heap = core.heap("video");
    allocations = core.allocations(core.bundle(20, "com.acme.camera"));
    budget = core.service(MemoryBudget.class, null);
  }

  @AfterEach
  void stop() {
    core.assertNothingLeft(heap);
    core.close();
  }

  @Test
  void memoryOutsideOfARequestIsAdmittedAsAnyOther() throws HeapException {
    core.backend.headroom = new Headroom(1L << 34, 1000 * MIB);
    Reservation region = budget.reserve("a region", 100 * MIB);
    assertEquals(100 * MIB, region.bytes());
    assertEquals(100 * MIB, core.registry().budget().takenBytes);
    HeapException e =
        assertThrows(HeapException.class, () -> budget.reserve("region of heap video", 900 * MIB));
    assertEquals(Errno.ENOMEM.number(), e.errno());
    assertTrue(e.getMessage().contains("for region of heap video: the system has"), e.getMessage());
    assertTrue(e.getMessage().contains("100.0 MiB are being taken"), e.getMessage());
    assertEquals(100 * MIB, core.registry().budget().takenBytes, "a refusal takes nothing");
    region.populated();
    region.populated();
    core.backend.headroom = new Headroom(1L << 34, 900 * MIB);
    HeapException later =
        assertThrows(HeapException.class, () -> budget.reserve("another", 900 * MIB));
    assertTrue(later.getMessage().contains("0 bytes are being taken"), later.getMessage());
    region.close();
    region.close();
    assertEquals(0, core.registry().budget().takenBytes);
  }

  @Test
  void whatCanNotBeReservedIsRefused() {
    for (long bytes : new long[] {0, -1, Long.MIN_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> budget.reserve("nothing", bytes));
    }
    assertThrows(HeapException.class, () -> budget.reserve("all", Long.MAX_VALUE));
    assertEquals(0, core.registry().budget().takenBytes);
  }

  @Test
  void aDeviceThatItsClientDetachedIsDetachedAndOneThatWasLeftIsAbandoned() throws HeapException {
    DmaBuf buffer = allocations.allocate("video", 4096);
    Attachment camera = buffer.attach("camera0", Access.WRITE, () -> {});
    Attachment display = buffer.attach("display0", Access.READ, () -> {});
    camera.close();
    camera.close();
    assertEquals(List.of("detach camera0"), heap.ends);
    buffer.close();
    display.close();
    assertEquals(List.of("detach camera0", "abandon display0", "release"), heap.ends);
  }

  @Test
  void aDeviceThatLetsGoWhenItIsToldIsDetachedAndNotAbandoned() throws HeapException {
    DmaBuf buffer = allocations.allocate("video", 4096);
    AtomicReference<Attachment> camera = new AtomicReference<>();
    camera.set(buffer.attach("camera0", Access.WRITE, () -> camera.get().close()));
    core.remove(heap);
    assertEquals(List.of("detach camera0", "release"), heap.ends);
  }

  @Test
  void aHeapThatLeavesAbandonsTheDevicesOfItsBuffers() throws HeapException {
    DmaBuf buffer = allocations.allocate("video", 4096);
    buffer.attach("camera0", Access.WRITE, () -> heap.ends.add("told"));
    core.remove(heap);
    assertEquals(List.of("told", "abandon camera0", "release"), heap.ends);
  }

  @Test
  void aPlaceInPhysicalMemoryIsTold() throws HeapException {
    DmaBuf none = allocations.allocate("video", 4096);
    assertEquals(OptionalLong.empty(), none.physicalAddress());
    heap.physicalAddress = OptionalLong.of(0x4000_0000L);
    DmaBuf buffer = allocations.allocate("video", 4096);
    assertEquals(OptionalLong.of(0x4000_0000L), buffer.physicalAddress());
    buffer.close();
    none.close();
    assertThrows(BufferClosedException.class, buffer::physicalAddress);
  }
}
