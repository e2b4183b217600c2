// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.wiring.FrameworkWiring;

/** A heap's bundle leaves while its buffers are in use, in this process and in another. */
public class HeapLeavesIT extends ContainerTest {
  private static final String SYSTEM = "(dmabuf.heap.name=system)";
  private static final long PATTERN = 0x5ca1ab1e0ddba11L;
  private static final int SIZE = 1 << 20;

  private interface Departure {
    void of(Bundle heap) throws Exception;
  }

  @Test
  public void stopped() throws Exception {
    leavesAndComesBack(Bundle::stop, Bundle::start);
  }

  @Test
  public void updated() throws Exception {
    leavesAndComesBack(
        heap -> {
          try (InputStream jar = jarOf(heap)) {
            heap.update(jar);
          }
        },
        heap -> {});
  }

  @Test
  public void uninstalledAndRefreshed() throws Exception {
    leavesAndComesBack(
        heap -> {
          heap.uninstall();
          refresh(heap);
        },
        heap -> context.installBundle(heap.getLocation()).start());
  }

  private static InputStream jarOf(Bundle bundle) throws Exception {
    return new FileInputStream(
        URI.create(bundle.getLocation().replaceFirst("^reference:", "")).getPath());
  }

  private void refresh(Bundle bundle) {
    AtomicInteger done = new AtomicInteger();
    context
        .getBundle(0)
        .adapt(FrameworkWiring.class)
        .refreshBundles(List.of(bundle), event -> done.incrementAndGet());
    await("the framework is refreshed", () -> done.get() > 0);
  }

  /** The whole of it, for each way to leave. */
  private void leavesAndComesBack(Departure leave, Departure comeBack) throws Exception {
    Bundle heap = installed(HEAP_SYSTEM);
    AllocationService allocations = service(AllocationService.class, null);
    DmaBuf buffer = service(HeapAllocator.class, SYSTEM).allocate(SIZE);
    CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE);
    ByteBuffer bytes = access.bytes();
    BusyReader.fill(bytes, PATTERN);
    OwnedFd fd = buffer.exportFd();
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    Attachment device =
        buffer.attach(
            "npu0", Access.READ, () -> events.add("revoked " + (bytes.getLong(0) == PATTERN)));
    ServiceListener listener = event -> withdrawn(event, buffer, events);
    context.addServiceListener(
        listener, "(&(objectClass=" + HeapAllocator.class.getName() + ")" + SYSTEM + ")");
    try (Peer peer = Peer.start();
        BusyReader reader = BusyReader.start(bytes, PATTERN)) {
      peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      leave.of(heap);
      reader.awaitZeros();
      context.removeServiceListener(listener);
      assertEquals(List.of("withdrawn, usable true", "revoked true"), events);
      assertRevoked(buffer, access);
      device.close();
      assertHeldByItsDescriptorsOnly(allocations, fd, peer);
      comeBack.of(heap);
      assertServesAgain();
      assertEquals(PATTERN + 1, peer.get(SIZE - 8));
    } finally {
      context.removeServiceListener(listener);
      fd.close();
      buffer.close();
    }
  }

  /** Clients are told while the heap still works. */
  private static void withdrawn(ServiceEvent event, DmaBuf buffer, List<String> events) {
    if (event.getType() != ServiceEvent.UNREGISTERING) {
      return;
    }
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ)) {
      events.add("withdrawn, usable " + (access.bytes().getLong(SIZE - 8) == PATTERN));
    } catch (HeapException | RuntimeException e) {
      events.add("withdrawn, " + e);
    }
  }

  private static void assertRevoked(DmaBuf buffer, CpuAccess access) throws HeapException {
    assertFalse(buffer.isOpen());
    assertEquals("system", buffer.heap());
    assertThrows(BufferClosedException.class, () -> buffer.beginCpuAccess(Access.READ));
    assertThrows(BufferClosedException.class, buffer::exportFd);
    assertThrows(BufferClosedException.class, () -> buffer.label("x"));
    assertThrows(BufferClosedException.class, () -> buffer.attach("npu1", Access.READ, () -> {}));
    BufferClosedException gone = assertThrows(BufferClosedException.class, access::bytes);
    assertTrue(gone.getMessage(), gone.getMessage().contains("heap system has gone"));
    access.close();
  }

  /** The books are empty, and yet whoever has a descriptor has the memory. */
  private void assertHeldByItsDescriptorsOnly(AllocationService allocations, OwnedFd fd, Peer peer)
      throws Exception {
    await("the books are empty: " + books(), () -> books().buffers().isEmpty());
    assertEquals(PATTERN, peer.get(0));
    peer.put(SIZE - 8, PATTERN + 1);
    try (DmaBuf imported = allocations.importFd(fd);
        CpuAccess access = imported.beginCpuAccess(Access.READ)) {
      assertEquals(PATTERN, access.bytes().getLong(0));
      assertEquals(PATTERN + 1, access.bytes().getLong(SIZE - 8));
    }
  }

  private void assertServesAgain() throws HeapException {
    try (DmaBuf fresh = service(HeapAllocator.class, SYSTEM).allocate(SIZE);
        CpuAccess access = fresh.beginCpuAccess(Access.READ)) {
      for (int offset = 0; offset < SIZE; offset += 8) {
        assertEquals(0, access.bytes(offset, 8).getLong(0));
      }
    }
  }

  @Test
  public void theMemoryOfBuffersThatNobodyClosedGoesBackToTheSystem() throws Exception {
    long size = 256 << 20;
    DmaBuf buffer = service(HeapAllocator.class, SYSTEM).allocate(size);
    ByteBuffer stale = buffer.beginCpuAccess(Access.READ).bytes();
    ProcessState held = ProcessState.now();
    assertEquals(held.toString(), 1, held.descriptors().size());
    assertEquals(held.toString(), 1, held.mappings().size());
    for (int offset = 0; offset < size; offset += 4096) {
      assertEquals(0, stale.get(offset));
    }
    long mappedKb = ProcessState.sharedKb();
    installed(HEAP_SYSTEM).stop();
    assertEquals(List.of(), ProcessState.now().descriptors());
    assertEquals(List.of(), ProcessState.now().mappings());
    if (mappedKb > size >> 10) {
      await("it is no more this process's", () -> ProcessState.sharedKb() < mappedKb - (200 << 10));
    }
    assertEquals(0, stale.getLong((int) size - 8));
  }

  @Test
  public void aHeapThatComesAndGoesUnderLoadLosesNothing() throws Exception {
    AllocationService allocations = service(AllocationService.class, null);
    List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger allocated = new AtomicInteger();
    AtomicInteger rounds = new AtomicInteger(15);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      clients.add(new Thread(() -> allocateAgainAndAgain(allocations, rounds, allocated, wrong)));
    }
    clients.forEach(Thread::start);
    while (rounds.get() > 0 && wrong.isEmpty()) {
      int before = allocated.get();
      await("clients allocate", () -> allocated.get() > before + 10 || !wrong.isEmpty());
      installed(HEAP_SYSTEM).stop();
      installed(HEAP_SYSTEM).start();
      rounds.decrementAndGet();
    }
    rounds.set(0);
    for (Thread client : clients) {
      client.join();
    }
    assertEquals(List.of(), wrong);
  }

  private static void allocateAgainAndAgain(
      AllocationService allocations,
      AtomicInteger rounds,
      AtomicInteger allocated,
      List<Throwable> wrong) {
    while (rounds.get() > 0) {
      try (DmaBuf buffer = allocations.allocate("system", 65536);
          OwnedFd fd = buffer.exportFd();
          CpuAccess access = buffer.beginCpuAccess(Access.WRITE)) {
        access.bytes().putInt(0, fd.fd());
        allocated.incrementAndGet();
      } catch (HeapException e) {
        if (!Errno.ENODEV.is(e)) {
          wrong.add(e);
        }
      } catch (BufferClosedException e) {
        // Revoked in the middle.
      } catch (RuntimeException | Error e) {
        wrong.add(e);
      }
    }
  }
}
