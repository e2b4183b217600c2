// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** What the books say about memory, as long as it is there and not longer. */
class BooksTest {
  private final Core.Config config = new Core.Config();
  private final Core core = new Core(config);
  private final FakeHeap heap = core.heap("system");
  private final Bundle client = core.bundle(20, "com.acme.camera");
  private final AllocationService allocations = core.allocations(client);

  @AfterEach
  void nothingIsLeft() {
    core.assertNothingLeft(heap);
    core.close();
  }

  private long taken() {
    return core.registry().budget().takenBytes;
  }

  @Test
  void thePeakIsOfMemoryThatWasThereAndNotOfWishes() throws HeapException {
    heap.onAllocate =
        () -> {
          throw new HeapException("allocating", Errno.ENOMEM);
        };
    assertThrows(HeapException.class, () -> allocations.allocate("system", 1L << 32));
    assertEquals(0, core.info("system").peakBytes);
    heap.onAllocate = () -> {};
    DmaBuf first = allocations.allocate("system", 8192);
    allocations.allocate("system", 4096).close();
    first.close();
    assertEquals(12288, core.info("system").peakBytes);
  }

  @Test
  void memoryThatADescriptorKeepsIsTakenUntilTheLastOneIsClosed() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 8192);
    OwnedFd first = buffer.exportFd();
    OwnedFd second = buffer.exportFd();
    assertEquals(8192, taken());
    buffer.close();
    assertEquals(1, heap.releases.get());
    assertEquals(8192, taken());
    first.close();
    first.close();
    assertEquals(8192, taken());
    second.close();
    assertEquals(0, taken());
  }

  /** As linux-memory does: its reservation lasts as long as its own descriptors. */
  @Test
  void itCountsOnceWhenTheHeapKeepsItsReservationAsLong() throws HeapException {
    heap.reservationOutlivesRelease = true;
    DmaBuf buffer = allocations.allocate("system", 8192);
    OwnedFd fd = buffer.exportFd();
    buffer.close();
    assertEquals(8192, taken());
    fd.close();
    heap.closeReservations();
    assertEquals(0, taken());
  }

  @Test
  void soItIsWhenItsHeapHasLeft() throws HeapException {
    OwnedFd fd = allocations.allocate("system", 8192).exportFd();
    core.remove(heap);
    assertEquals(8192, taken());
    fd.close();
    assertEquals(0, taken());
  }

  @Test
  void descriptorsThatWereClosedBeforeTheirBufferLeaveNothingTaken() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 8192);
    buffer.exportFd().close();
    assertEquals(8192, taken());
    buffer.close();
    assertEquals(0, taken());
  }

  @Test
  void aBundleCannotPassItsQuotaByKeepingDescriptors() throws HeapException {
    config.bundle = 16384;
    core.configure(config);
    OwnedFd[] fds = {exported(), exported()};
    HeapException refusal = assertThrows(HeapException.class, this::exported);
    assertEquals(Errno.EDQUOT.number(), refusal.errno());
    fds[0].close();
    exported();
    fds[1].close();
    core.stopped(client);
  }

  private OwnedFd exported() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 8192)) {
      return buffer.exportFd();
    }
  }

  @Test
  void theBudgetCountsDescriptorsThatAreKept() throws HeapException {
    config.total = 16384;
    core.configure(config);
    OwnedFd[] fds = {exported(), exported()};
    HeapException refusal = assertThrows(HeapException.class, this::exported);
    assertEquals(Errno.ENOMEM.number(), refusal.errno());
    assertTrue(refusal.getMessage().contains("fresh memory's budget"), refusal.getMessage());
    for (OwnedFd fd : fds) {
      fd.close();
    }
    HeapException buffers =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 20480));
    assertTrue(buffers.getMessage().contains("live buffers' budget"), buffers.getMessage());
  }

  @Test
  void aBundleThatHasStoppedGetsNoLedgerThatNobodyCloses() {
    core.stopped.add(20L);
    core.stopped(client);
    AllocationService late = core.allocations(client);
    assertThrows(BufferClosedException.class, () -> late.allocate("system", 4096));
  }
}
