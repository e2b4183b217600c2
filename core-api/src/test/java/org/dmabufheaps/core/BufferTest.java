// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.Headroom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

class BufferTest {
  private final Core core = new Core();
  private final FakeHeap heap = core.heap("system");
  private final Bundle client = core.bundle(20, "com.acme.camera");
  private final AllocationService allocations = core.allocations(client);

  @AfterEach
  void nothingIsLeft() {
    core.assertNothingLeft(heap);
    core.close();
  }

  @Test
  void whatIsWrittenIsRead() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 8192)) {
      try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
        assertEquals(8192, cpu.bytes().capacity());
        assertEquals(ByteOrder.nativeOrder(), cpu.bytes().order());
        cpu.bytes(4096, 8).putLong(0, 42);
      }
      try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
        assertEquals(42, cpu.bytes().getLong(4096));
        assertThrows(ReadOnlyBufferException.class, () -> cpu.bytes().putLong(0, 1));
      }
    }
    assertEquals(1, heap.mapped.get());
  }

  @Test
  void rangesOutsideTheBufferAreRefused() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096);
        CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      long[][] ranges = {{-1, 1}, {0, 4097}, {4096, 1}, {1, 4096}, {Long.MAX_VALUE, 1}, {0, -1}};
      for (long[] range : ranges) {
        assertThrows(IndexOutOfBoundsException.class, () -> cpu.bytes(range[0], (int) range[1]));
      }
      assertEquals(0, cpu.bytes(4096, 0).capacity());
    }
  }

  @Test
  void theLastHandleHandsItsViewToTheHeapAndOthersRetireTheirs() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 4096);
    DmaBuf second = allocations.share(buffer);
    buffer.beginCpuAccess(Access.READ).close();
    second.beginCpuAccess(Access.READ).close();
    buffer.close();
    assertEquals(List.of("retire"), heap.ends);
    second.close();
    assertEquals(List.of("retire", "last view", "retire", "release"), heap.ends);
  }

  @Test
  void aBufferThatWasNeverMappedIsReleasedWithoutAView() throws HeapException {
    allocations.allocate("system", 4096).close();
    assertEquals(List.of("release"), heap.ends);
  }

  @Test
  void overlappingReadsAreSynchronisedOnceOverAllHandles() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096);
        DmaBuf second = allocations.share(buffer)) {
      CpuAccess read = buffer.beginCpuAccess(Access.READ);
      CpuAccess other = second.beginCpuAccess(Access.READ);
      read.close();
      read.close();
      other.close();
    }
    assertEquals(List.of("begin READ", "end READ"), heap.cpuAccess);
  }

  @Test
  void whileSomebodyWritesNothingBeginsOrEndsForReadingAlone() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096);
        DmaBuf second = allocations.share(buffer)) {
      CpuAccess write = buffer.beginCpuAccess(Access.WRITE);
      CpuAccess read = second.beginCpuAccess(Access.READ);
      CpuAccess both = buffer.beginCpuAccess(Access.READ_WRITE);
      read.close();
      write.close();
      both.close();
    }
    assertEquals(List.of("begin READ_WRITE", "end READ_WRITE"), heap.cpuAccess);
  }

  @Test
  void writersThatJoinReadersAndLeaveThemAreSynchronisedBeforeTheReadersGo() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      CpuAccess read = buffer.beginCpuAccess(Access.READ);
      buffer.beginCpuAccess(Access.WRITE).close();
      read.close();
    }
    assertEquals(
        List.of(
            "begin READ",
            "end READ",
            "begin READ_WRITE",
            "end READ_WRITE",
            "begin READ",
            "end READ"),
        heap.cpuAccess);
  }

  @Test
  void aWriterThatIsRefusedLeavesReadersThatCanGoOn() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      CpuAccess read = buffer.beginCpuAccess(Access.READ);
      heap.onBegin =
          () -> {
            throw new HeapException("DMA_BUF_IOCTL_SYNC", Errno.EIO);
          };
      assertThrows(HeapException.class, () -> buffer.beginCpuAccess(Access.WRITE));
      heap.onBegin = () -> {};
      CpuAccess second = buffer.beginCpuAccess(Access.READ);
      read.close();
      second.close();
    }
    assertEquals(List.of("begin READ", "end READ", "begin READ", "end READ"), heap.cpuAccess);
  }

  @Test
  void whatAHeapThrowsAtTheEndOfAnAccessBecomesAHeapException() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE);
      heap.onEnd =
          () -> {
            throw new NoClassDefFoundError("vendor/Late");
          };
      HeapException thrown = assertThrows(HeapException.class, cpu::close);
      assertTrue(thrown.getMessage().contains("vendor/Late"), thrown.getMessage());
      heap.onEnd = () -> {};
    }
  }

  @Test
  void whatAHeapThrowsForBytesBecomesAnIllegalState() throws HeapException {
    heap.extraBytes = 1L << 31;
    heap.large = ByteBuffer.allocateDirect(0);
    core.backend.headroom = new Headroom(1L << 40, 1L << 40);
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      heap.onBytes =
          () -> {
            throw new NoClassDefFoundError("vendor/Late");
          };
      HeapException thrown =
          assertThrows(HeapException.class, () -> buffer.beginCpuAccess(Access.READ));
      assertTrue(thrown.getCause() instanceof IllegalStateException, thrown.toString());
      heap.onBytes = () -> {};
    }
  }

  @Test
  void anAccessThatCouldNotBeginLeavesNothingBehind() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      heap.onBegin =
          () -> {
            throw new HeapException("DMA_BUF_IOCTL_SYNC", Errno.EIO);
          };
      assertThrows(HeapException.class, () -> buffer.beginCpuAccess(Access.WRITE));
      heap.onBegin = () -> {};
      buffer.beginCpuAccess(Access.WRITE).close();
      assertEquals(0, core.registry().buffers().get(0).openAccesses);
    }
    assertEquals(List.of("begin READ_WRITE", "end READ_WRITE"), heap.cpuAccess);
  }

  @Test
  void anAccessThatCouldNotEndIsToldOnce() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE);
      heap.onEnd =
          () -> {
            throw new HeapException("DMA_BUF_IOCTL_SYNC", Errno.EIO);
          };
      assertThrows(HeapException.class, cpu::close);
      cpu.close();
      heap.onEnd = () -> {};
    }
  }

  @Test
  void closingEndsWhatWasBegunAndASecondCloseDoesNothing() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 4096);
    CpuAccess cpu = buffer.beginCpuAccess(Access.READ_WRITE);
    Attachment device = buffer.attach("npu0", Access.READ, () -> {});
    buffer.close();
    buffer.close();
    cpu.close();
    device.close();
    assertEquals(List.of("begin READ_WRITE", "end READ_WRITE"), heap.cpuAccess);
    assertEquals(1, heap.releases.get());
    assertFalse(buffer.isOpen());
  }

  @Test
  void useAfterCloseThrowsAndSaysWhy() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 4096);
    CpuAccess cpu = buffer.beginCpuAccess(Access.READ);
    buffer.close();
    BufferClosedException closed =
        assertThrows(BufferClosedException.class, () -> buffer.beginCpuAccess(Access.READ));
    assertTrue(closed.getMessage().contains("it was closed"), closed.getMessage());
    assertThrows(BufferClosedException.class, buffer::exportFd);
    assertThrows(BufferClosedException.class, () -> buffer.label("late"));
    assertThrows(BufferClosedException.class, () -> buffer.attach("npu0", Access.READ, () -> {}));
    assertThrows(BufferClosedException.class, cpu::bytes);
    assertThrows(BufferClosedException.class, () -> allocations.share(buffer));
    assertEquals("system", buffer.heap());
    assertEquals(4096, buffer.size());
  }

  @Test
  void anEndedAccessGivesNoBytes() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      CpuAccess cpu = buffer.beginCpuAccess(Access.READ);
      cpu.close();
      assertThrows(BufferClosedException.class, cpu::bytes);
    }
  }

  @Test
  void aSharedHandleKeepsTheMemoryAndHasAViewOfItsOwn() throws HeapException {
    AllocationService other = core.allocations(core.bundle(21, "com.acme.display"));
    DmaBuf mine = allocations.allocate("system", 4096);
    DmaBuf theirs = other.share(mine);
    try (CpuAccess cpu = mine.beginCpuAccess(Access.WRITE)) {
      cpu.bytes().put(0, (byte) 7);
    }
    assertEquals(4096, core.info("system").liveBytes);
    assertEquals(1, core.info("system").liveBuffers);
    List<BufferInfo> handles = core.registry().buffers();
    assertEquals(handles.get(0).bufferId, handles.get(1).bufferId);
    mine.close();
    assertEquals(0, heap.releases.get());
    try (CpuAccess cpu = theirs.beginCpuAccess(Access.READ)) {
      assertEquals(7, cpu.bytes().get(0));
    }
    assertEquals(2, heap.mapped.get());
    assertEquals(1, heap.retired.get());
    theirs.close();
    assertEquals(1, heap.releases.get());
  }

  @Test
  void anExportedDescriptorOutlivesTheHandle() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 4096);
    OwnedFd fd = buffer.exportFd();
    assertEquals(1, core.registry().buffers().get(0).exportedFds);
    buffer.close();
    assertTrue(fd.isOpen());
    assertEquals(1000, fd.fd());
    fd.close();
    fd.close();
    assertThrows(BufferClosedException.class, fd::fd);
  }

  @Test
  void anImportedBufferIsItsOwnersAndNoHeaps() throws HeapException {
    try (DmaBuf buffer = allocations.importFd(5)) {
      assertEquals("imported", buffer.heap());
      assertEquals(8192, buffer.size());
      assertEquals(0, core.info("system").liveBytes);
    }
    assertEquals(1, core.backend.imports.releases.get());
    assertThrows(IllegalArgumentException.class, () -> allocations.importFd(-1));
  }

  @Test
  void withoutABackendImportsAreRefusedWithTheReason() {
    core.component.unbindBackend(core.backend);
    HeapException refusal = assertThrows(HeapException.class, () -> allocations.importFd(5));
    assertTrue(Errno.ENODEV.is(refusal));
    assertTrue(refusal.getMessage().contains("linux-memory"), refusal.getMessage());
  }

  @Test
  void aLabelIsInTheBooks() throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      buffer.label("frame 1");
      assertEquals("frame 1", core.registry().buffers().get(0).label);
      assertThrows(IllegalArgumentException.class, () -> buffer.label("a\nb"));
      assertThrows(IllegalArgumentException.class, () -> buffer.label("x".repeat(128)));
    }
  }

  @Test
  void aViewThatIsNotWhatWasAskedForIsFoundOutAndRetired() throws HeapException {
    heap.extraBytes = 1L << 21;
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      assertThrows(HeapException.class, () -> buffer.beginCpuAccess(Access.READ));
    }
  }

  @Test
  void aForeignHandleCannotBeShared() {
    assertThrows(IllegalArgumentException.class, () -> allocations.share(null));
  }

  @Test
  void aStaleByteBufferIsOfTheRetiredViewOnly() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 4096);
    ByteBuffer stale;
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      stale = cpu.bytes();
    }
    buffer.close();
    assertEquals(1, heap.retired.get());
    assertEquals(4096, stale.capacity());
  }
}
