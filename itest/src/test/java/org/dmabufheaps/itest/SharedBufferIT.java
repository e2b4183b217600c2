// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.OwnedFd;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;

/** One bundle's buffer is shared by another. */
public class SharedBufferIT extends ContainerTest {
  private static final long PATTERN = CarelessClient.PATTERN;
  private static final int LAST = CarelessClient.SIZE - 8;

  private Bundle lender;
  private Bundle borrower;
  private Map<?, ?> lent;
  private Map<?, ?> borrowed;

  @Before
  public void startBoth() throws Exception {
    lender =
        TestBundle.named(CarelessClient.NAME)
            .activator(CarelessClient.class)
            .classes(BusyReader.class)
            .start(context);
    lent = service(Map.class, "(client=" + CarelessClient.NAME + ")");
    borrower = TestBundle.named(Borrower.NAME).activator(Borrower.class).start(context);
    borrowed = service(Map.class, "(client=" + Borrower.NAME + ")");
  }

  @After
  public void deleteDirectory() throws Exception {
    lender.stop();
    Files.deleteIfExists((Path) lent.get("directory"));
  }

  @Test
  public void itOutlivesWhoAllocatedItAndLeavesWithItsHeap() throws Exception {
    DmaBuf theirs = (DmaBuf) borrowed.get("buffer");
    assertEquals("one memory", 1L, books().ofHeap("system", "liveBuffers"));
    try (Peer peer = Peer.start();
        BusyReader first = BusyReader.start((ByteBuffer) lent.get("bytes"), PATTERN);
        BusyReader second = BusyReader.start((ByteBuffer) borrowed.get("bytes"), PATTERN)) {
      OwnedFd fd = (OwnedFd) lent.get("fd");
      peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      lender.stop();
      first.awaitZeros();
      second.assertReads();
      assertTrue(theirs.isOpen());
      assertOneHandleOf(Borrower.NAME);
      peer.put(LAST, PATTERN);
      try (CpuAccess access = theirs.beginCpuAccess(Access.READ)) {
        assertEquals(PATTERN, access.bytes().getLong(LAST));
      }
      installed(HEAP_SYSTEM).stop();
      second.awaitZeros();
      assertFalse(theirs.isOpen());
      assertThrows(BufferClosedException.class, theirs::exportFd);
      assertThrows(BufferClosedException.class, ((CpuAccess) borrowed.get("access"))::bytes);
      assertEquals(List.of(), books().buffers());
      assertEquals(PATTERN, peer.get(0));
    }
  }

  private void assertOneHandleOf(String owner) {
    assertEquals(1, books().buffers().size());
    assertEquals(owner, Books.value(books().buffers().get(0), "owner"));
    assertEquals(1L, books().ofHeap("system", "liveBuffers"));
    assertEquals((long) CarelessClient.SIZE, books().ofHeap("system", "liveBytes"));
  }

  @Test
  public void aBorrowerThatStopsLeavesTheOwnerAlone() throws Exception {
    try (BusyReader first = BusyReader.start((ByteBuffer) lent.get("bytes"), PATTERN);
        BusyReader second = BusyReader.start((ByteBuffer) borrowed.get("bytes"), PATTERN)) {
      borrower.stop();
      second.awaitZeros();
      first.assertReads();
      assertTrue(((DmaBuf) lent.get("buffer")).isOpen());
    }
  }

  @Test
  public void whatIsClosedCanNotBeShared() throws Exception {
    DmaBuf mine = (DmaBuf) lent.get("buffer");
    lender.stop();
    AllocationService allocations = service(AllocationService.class, null);
    assertThrows(BufferClosedException.class, () -> allocations.share(mine));
    try (DmaBuf again = allocations.share((DmaBuf) borrowed.get("buffer"))) {
      assertEquals(2, books().buffers().size());
      assertTrue(again.isOpen());
    }
  }
}
