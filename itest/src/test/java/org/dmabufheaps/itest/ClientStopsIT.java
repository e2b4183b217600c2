// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.OwnedFd;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/** A client's bundle stops, and leaves open what it had. */
public class ClientStopsIT extends ContainerTest {
  private static final long PATTERN = CarelessClient.PATTERN;
  private static final int LAST = CarelessClient.SIZE - 8;

  private Bundle startCareless() throws Exception {
    return TestBundle.named(CarelessClient.NAME)
        .activator(CarelessClient.class)
        .classes(BusyReader.class)
        .start(context);
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> whatItHas() {
    return service(Map.class, "(client=" + CarelessClient.NAME + ")");
  }

  @Test
  public void allThatItLeftOpenIsClosedWhenItHasStopped() throws Exception {
    ProcessState before = ProcessState.now();
    Bundle client = startCareless();
    Map<String, Object> has = whatItHas();
    DmaBuf buffer = (DmaBuf) has.get("buffer");
    assertEquals(2, books().buffers().size());
    try (Peer peer = Peer.start();
        LogLines log = LogLines.open(context);
        BusyReader reader = BusyReader.start((ByteBuffer) has.get("bytes"), PATTERN);
        BusyReader other = BusyReader.start((ByteBuffer) has.get("importedBytes"), PATTERN)) {
      OwnedFd fd = (OwnedFd) has.get("fd");
      peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      client.stop();
      assertEquals(List.of(), books().buffers());
      assertFalse(buffer.isOpen());
      assertFalse(((DmaBuf) has.get("imported")).isOpen());
      assertFalse(fd.isOpen());
      assertFalse(((OwnedFd) has.get("received")).isOpen());
      ProcessState after = ProcessState.now();
      assertEquals(before.descriptors(), after.descriptors());
      assertEquals(before.mappings(), after.mappings());
      assertSocketsAreClosed(has);
      reader.awaitZeros();
      other.awaitZeros();
      assertStaleReferencesThrow(has);
      peer.put(LAST, 1);
      assertEquals(PATTERN, peer.get(0));
      assertEquals(1, peer.get(LAST));
      assertReported(log.await("bundle careless stopped and left open", 1).get(0));
    } finally {
      Files.deleteIfExists((Path) has.get("directory"));
    }
  }

  private static void assertSocketsAreClosed(Map<String, Object> has) {
    FdSocket near = (FdSocket) has.get("near");
    assertThrows(BufferClosedException.class, () -> near.send(ByteBuffer.allocate(1)));
    FdSocket far = (FdSocket) has.get("far");
    assertThrows(BufferClosedException.class, () -> far.receive(ByteBuffer.allocate(1), 1, 1_000));
    FdListener listener = (FdListener) has.get("listener");
    assertThrows(BufferClosedException.class, () -> listener.accept(1_000));
    assertFalse(Files.exists((Path) has.get("path")));
  }

  private static void assertStaleReferencesThrow(Map<String, Object> has) {
    CpuAccess access = (CpuAccess) has.get("access");
    assertThrows(BufferClosedException.class, access::bytes);
    HeapAllocator heap = (HeapAllocator) has.get("HeapAllocator");
    assertThrows(IllegalStateException.class, () -> heap.allocate(4096));
    FdSockets sockets = (FdSockets) has.get("FdSockets");
    assertThrows(IllegalStateException.class, () -> sockets.listen((Path) has.get("path")));
    assertThrows(IllegalStateException.class, () -> sockets.connect((Path) has.get("path")));
    assertAllocationsThrow((AllocationService) has.get("AllocationService"));
  }

  private static void assertAllocationsThrow(AllocationService allocations) {
    assertThrows(IllegalStateException.class, () -> allocations.allocate("system", 4096));
    assertThrows(IllegalStateException.class, () -> allocations.importFd(0));
    AllocationService account = allocations.forAccount("uid:0");
    assertThrows(IllegalStateException.class, () -> account.allocate("system", 4096));
  }

  private static void assertReported(String report) {
    for (String part :
        List.of(
            "1.0 MiB of heap system",
            "frame 7",
            "1.0 MiB of heap imported",
            "descriptor of a buffer of heap system",
            "received descriptor",
            "connected socket",
            "listening socket")) {
      assertTrue(report, report.contains(part));
    }
  }

  @Test
  public void aBundleThatStartsAgainHasALedgerOfItsOwn() throws Exception {
    Bundle client = startCareless();
    Map<String, Object> first = whatItHas();
    Files.delete(deleteSocketOf(client, first));
    client.start();
    Map<String, Object> second = whatItHas();
    assertNotSame(first, second);
    assertEquals(2, books().buffers().size());
    assertSame("kept in a static field", first.get("AllocationService"), second.get("kept"));
    assertAllocationsThrow((AllocationService) second.get("kept"));
    assertFalse(((DmaBuf) first.get("buffer")).isOpen());
    ((DmaBuf) first.get("buffer")).close();
    ((OwnedFd) first.get("fd")).close();
    DmaBuf buffer = (DmaBuf) second.get("buffer");
    buffer.beginCpuAccess(Access.READ).close();
    assertTrue(((OwnedFd) second.get("fd")).isOpen());
    Files.delete(deleteSocketOf(client, second));
    assertFalse(buffer.isOpen());
  }

  /** Stops the client, which removes its socket; returns the directory that is left. */
  private static Path deleteSocketOf(Bundle client, Map<String, Object> has) throws Exception {
    client.stop();
    return (Path) has.get("directory");
  }

  @Test
  public void aStoppedBundleIsChargedNothingWhenItComesBack() throws Exception {
    Bundle client = startCareless();
    for (int round = 0; round < 20; round++) {
      Files.delete(deleteSocketOf(client, whatItHas()));
      assertEquals(0L, books().ofHeap("system", "liveBytes"));
      client.start();
    }
    Files.delete(deleteSocketOf(client, whatItHas()));
  }

  @Test
  public void aComponentIsThereWhileItsHeapIs() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    var registration =
        context.registerService(
            List.class, events, FrameworkUtil.asDictionary(Map.of("itest", "events")));
    try {
      Bundle client = Components.gatedClient("system").start(context);
      String activated = "activated, first byte 0";
      String deactivated = "deactivated, first byte 7";
      await("it is active", () -> events.equals(List.of(activated)));
      installed(HEAP_SYSTEM).stop();
      assertEquals(List.of(activated, deactivated), events);
      assertEquals(List.of(), books().buffers());
      installed(HEAP_SYSTEM).start();
      await("it is back", () -> events.equals(List.of(activated, deactivated, activated)));
      client.stop();
      assertEquals(List.of(activated, deactivated, activated, deactivated), events);
    } finally {
      registration.unregister();
    }
  }
}
