// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;

@Timeout(60)
class DynamicsTest {
  private final Core.Config config = new Core.Config();
  private final Core core = new Core(config);
  private final FakeHeap heap = core.heap("system");
  private final Bundle client = core.bundle(20, "com.acme.camera");
  private final AllocationService allocations = core.allocations(client);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    threads.shutdown();
    assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    core.assertNothingLeft(heap);
    core.close();
  }

  /** Until it is set back, for what is stuck; other calls may take longer on a slow machine. */
  private void limitCallsToMillis(long millis) {
    config.limitMillis = millis;
    core.configure(config);
  }

  private void whileCallsAreLimited(Runnable task) {
    limitCallsToMillis(300);
    task.run();
    limitCallsToMillis(60_000);
  }

  @Test
  void aHeapThatLeavesTakesItsBuffersFromTheirClientsInOrder() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 4096);
    buffer.beginCpuAccess(Access.WRITE);
    OwnedFd fd = buffer.exportFd();
    AtomicInteger revokedWhileMapped = new AtomicInteger();
    buffer.attach(
        "npu0",
        Access.READ,
        () -> revokedWhileMapped.addAndGet(heap.mapped.get() - heap.retired.get()));
    core.remove(heap);
    assertEquals(1, revokedWhileMapped.get(), "the device was told before the view went");
    assertEquals(1, heap.releases.get());
    BufferClosedException revoked =
        assertThrows(BufferClosedException.class, () -> buffer.beginCpuAccess(Access.READ));
    assertTrue(revoked.getMessage().contains("heap system has gone"), revoked.getMessage());
    assertTrue(fd.isOpen(), "what was exported stays valid");
    fd.close();
    buffer.close();
  }

  @Test
  void aStaleAllocatorOfAHeapThatLeftSaysSo() {
    var allocator = core.allocator(client, "system");
    core.remove(heap);
    HeapException gone = assertThrows(HeapException.class, () -> allocator.allocate(4096));
    assertTrue(Errno.ENODEV.is(gone));
    assertEquals(0, heap.allocateCalls.get());
  }

  @Test
  void oldBuffersNeverReachTheNewInstance() throws HeapException {
    DmaBuf old = allocations.allocate("system", 4096);
    FakeHeap updated = core.heap("system");
    core.remove(heap);
    assertFalse(old.isOpen());
    assertEquals(1, heap.releases.get());
    assertEquals(0, updated.releases.get());
    allocations.allocate("system", 4096).close();
    assertEquals(1, updated.releases.get());
  }

  @Test
  void unbindingWaitsForCallsInFlight() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    heap.onAllocate = FakeHeap.blockedBy(latch);
    Future<DmaBuf> allocation = threads.submit(() -> allocations.allocate("system", 4096));
    Core.await("the heap is called", () -> heap.allocateCalls.get() == 1);
    Future<?> unbinding = threads.submit(() -> core.remove(heap));
    Core.await("the allocator is withdrawn", () -> !core.isPublished("system"));
    assertFalse(unbinding.isDone());
    latch.countDown();
    unbinding.get();
    assertEquals(1, heap.releases.get());
    assertEnodev(allocation);
  }

  private static void assertEnodev(Future<DmaBuf> allocation) {
    Throwable cause =
        assertThrows(java.util.concurrent.ExecutionException.class, allocation::get).getCause();
    assertTrue(cause instanceof HeapException e && Errno.ENODEV.is(e), String.valueOf(cause));
  }

  @Test
  void aCallThatIsStuckIsReportedAndItsLateResultReleased() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    heap.onAllocate = FakeHeap.blockedBy(latch);
    Future<DmaBuf> allocation = threads.submit(() -> allocations.allocate("system", 4096));
    Core.await("the heap is called", () -> heap.allocateCalls.get() == 1);
    whileCallsAreLimited(() -> core.remove(heap));
    assertTrue(core.logged.toString().contains("stuck"), core.logged.toString());
    FakeHeap other = core.heap("other");
    allocations.allocate("other", 4096).close();
    assertEquals(1, other.releases.get(), "no other heap is held up");
    latch.countDown();
    assertEnodev(allocation);
    assertEquals(1, heap.releases.get());
  }

  @Test
  void aReleaseThatIsStuckDoesNotStopTheHeapFromLeaving() throws HeapException {
    CountDownLatch latch = new CountDownLatch(1);
    DmaBuf buffer = allocations.allocate("system", 4096);
    heap.onRelease =
        () -> {
          try {
            FakeHeap.blockedBy(latch).run();
          } catch (HeapException e) {
            throw new AssertionError(e);
          }
        };
    whileCallsAreLimited(() -> core.remove(heap));
    assertFalse(buffer.isOpen());
    assertTrue(core.logged.toString().contains("stuck"), core.logged.toString());
    latch.countDown();
  }

  @Test
  void aHeapWhoseStatusBlocksIsListedAsUnavailable() {
    limitCallsToMillis(300);
    CountDownLatch latch = new CountDownLatch(1);
    FakeHeap blocked =
        core.heap(
            new FakeHeap() {
              @Override
              public org.dmabufheaps.spi.HeapStatus status() {
                try {
                  blockedBy(latch).run();
                } catch (HeapException e) {
                  throw new AssertionError(e);
                }
                return super.status();
              }
            },
            "blocked",
            0);
    assertFalse(core.isPublished("blocked"));
    assertTrue(core.info("blocked").reason.contains("failed to tell its status"));
    latch.countDown();
    core.remove(blocked);
  }

  @Test
  void whatAStoppedBundleLeftOpenIsClosedAndReportedOnce() throws HeapException {
    config.stacks = true;
    core.configure(config);
    DmaBuf buffer = allocations.allocate("system", 8192);
    buffer.label("frame 7");
    buffer.beginCpuAccess(Access.READ);
    buffer.attach("npu0", Access.READ, () -> {});
    OwnedFd fd = buffer.exportFd();
    core.stopped(client);
    core.stopped(client);
    assertFalse(buffer.isOpen());
    assertFalse(fd.isOpen());
    List<String> reports = core.logged.stream().filter(l -> l.startsWith("warn")).toList();
    assertEquals(1, reports.size(), reports.toString());
    for (String part :
        List.of("com.acme.camera", "8.0 KiB", "heap system", "frame 7", "whatAStoppedBundle")) {
      assertTrue(reports.get(0).contains(part), reports.get(0));
      assertTrue(core.registry().leaks().get(0).contains(part));
    }
    assertEquals(1, core.registry().leaks().size());
    assertThrows(IllegalStateException.class, () -> allocations.allocate("system", 4096));
    assertThrows(IllegalStateException.class, () -> allocations.importFd(3));
  }

  @Test
  void aBundleThatStartsAgainHasALedgerOfItsOwn() throws HeapException {
    core.stopped(client);
    AllocationService again = core.allocations(client);
    assertNotSame(allocations, again);
    again.allocate("system", 4096).close();
  }

  @Test
  void aBundleThatCoreIsAskedForWhenItHasStoppedCanOpenNothing() {
    Core other = new Core();
    ServiceFactory<?> factory =
        other.services.stream()
            .filter(s -> s.type() == AllocationService.class)
            .map(s -> (ServiceFactory<?>) s.service())
            .findFirst()
            .orElseThrow();
    other.close();
    AllocationService late = (AllocationService) factory.getService(client, null);
    assertThrows(BufferClosedException.class, () -> late.importFd(5));
  }

  @Test
  void aHandleSharedWithAnotherBundleSurvivesTheStopOfTheFirst() throws HeapException {
    DmaBuf mine = allocations.allocate("system", 4096);
    DmaBuf theirs = core.allocations(core.bundle(21, "com.acme.display")).share(mine);
    core.stopped(client);
    assertFalse(mine.isOpen());
    theirs.beginCpuAccess(Access.READ).close();
    theirs.close();
  }

  @Test
  void ofAStoppedBundlesBuffersThoseOfAStuckHeapDoNotKeepTheOthersOpen() throws HeapException {
    CountDownLatch latch = new CountDownLatch(1);
    FakeHeap stuck = core.heap("stuck");
    stuck.onRelease =
        () -> {
          try {
            FakeHeap.blockedBy(latch).run();
          } catch (HeapException e) {
            throw new AssertionError(e);
          }
        };
    allocations.allocate("stuck", 4096);
    allocations.allocate("system", 4096);
    whileCallsAreLimited(() -> core.stopped(client));
    Core.await("the other heap's is released", () -> heap.releases.get() == 1);
    latch.countDown();
    Core.await("the stuck heap's books are clear", () -> core.info("stuck").liveBytes == 0);
  }

  @Test
  void memoryIsReleasedAfterItsViewWasRetiredAlsoWhileBytesAreTaken() throws Exception {
    heap.extraBytes = 1L << 31;
    config.total = 1L << 40;
    core.configure(config);
    heap.large = sparse(Integer.MAX_VALUE);
    CountDownLatch latch = new CountDownLatch(1);
    DmaBuf buffer = allocations.allocate("system", 4096);
    var cpu = buffer.beginCpuAccess(Access.READ);
    CountDownLatch taking = new CountDownLatch(1);
    heap.onBytes =
        () -> {
          taking.countDown();
          FakeHeap.blockedBy(latch).run();
        };
    Future<?> taker = threads.submit(() -> cpu.bytes(1L << 31, 8));
    taking.await();
    buffer.close();
    assertEquals(List.of(), heap.ends, "somebody is taking bytes");
    latch.countDown();
    taker.get();
    assertEquals(List.of("retire", "release"), heap.ends);
  }

  private static ByteBuffer sparse(long bytes) throws IOException {
    Path file = Files.createTempFile("sparse", "");
    try (FileChannel channel = FileChannel.open(file, READ, WRITE, DELETE_ON_CLOSE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
    }
  }

  @Test
  void whatAHeapThrowsWhileABufferIsClosedLosesNothing() throws HeapException {
    heap.onRetire = DynamicsTest::fail;
    heap.onDetach = DynamicsTest::fail;
    heap.onRelease = DynamicsTest::fail;
    heap.onEnd = DynamicsTest::fail;
    DmaBuf buffer = allocations.allocate("system", 4096);
    DmaBuf left = allocations.allocate("system", 4096);
    for (DmaBuf each : List.of(buffer, left)) {
      each.beginCpuAccess(Access.WRITE);
      each.attach("npu0", Access.READ, () -> {});
    }
    buffer.close();
    assertEquals(1, heap.releases.get());
    core.remove(heap);
    assertEquals(2, heap.releases.get());
  }

  private static void fail() {
    throw new NoClassDefFoundError("vendor/Late");
  }

  @Test
  void aStatusThatChangesWhileAHeapLeavesPublishesNothing() throws Exception {
    Future<?> changes =
        threads.submit(
            () -> {
              while (!done) {
                heap.statusChanged.run();
              }
            });
    try {
      for (int round = 0; round < 50; round++) {
        FakeHeap passing = core.heap("passing");
        Runnable changed = passing.statusChanged;
        Future<?> passingChanges = threads.submit(() -> runTimes(changed, 20));
        core.remove(passing);
        passingChanges.get();
        Core.await("no allocator stays", () -> !core.isPublished("passing"));
      }
    } finally {
      done = true;
    }
    changes.get();
    assertFalse(core.isPublished("passing"));
  }

  private static void runTimes(Runnable task, int times) {
    for (int i = 0; i < times; i++) {
      task.run();
    }
  }

  @Test
  void racingClosesReleaseExactlyOnce() throws Exception {
    for (int round = 0; round < 2_000; round++) {
      DmaBuf buffer = allocations.allocate("system", 4096);
      CountDownLatch start = new CountDownLatch(1);
      List<Future<?>> racers =
          List.of(
              threads.submit(() -> race(start, buffer::close)),
              threads.submit(() -> race(start, buffer::close)),
              threads.submit(() -> race(start, () -> access(buffer))),
              threads.submit(() -> race(start, () -> export(buffer))));
      start.countDown();
      for (Future<?> racer : racers) {
        racer.get();
      }
      assertEquals(round + 1, heap.releases.get());
    }
    assertEquals(
        heap.cpuAccess.stream().filter(c -> c.startsWith("begin")).count(),
        heap.cpuAccess.stream().filter(c -> c.startsWith("end")).count());
  }

  private interface Racer {
    void run() throws HeapException;
  }

  private static Object race(CountDownLatch start, Racer racer) throws Exception {
    start.await();
    try {
      racer.run();
    } catch (BufferClosedException e) {
      // The other one was first.
    }
    return null;
  }

  private static void access(DmaBuf buffer) throws HeapException {
    try (var cpu = buffer.beginCpuAccess(Access.WRITE)) {
      cpu.bytes().put(0, (byte) 1);
    }
  }

  private static void export(DmaBuf buffer) throws HeapException {
    buffer.exportFd().close();
  }

  @Test
  void heapsThatComeAndGoUnderLoadLeaveExactBooks() throws Exception {
    List<Future<?>> clients =
        List.of(threads.submit(this::allocateUntilGone), threads.submit(this::allocateUntilGone));
    try {
      for (int round = 0; round < 300; round++) {
        FakeHeap passing = core.heap("passing");
        core.remove(passing);
        assertEquals(passing.made.get(), passing.releases.get(), "round " + round);
      }
    } finally {
      done = true;
    }
    for (Future<?> client : clients) {
      client.get();
    }
    assertFalse(core.logged.toString().contains("stuck"), core.logged.toString());
  }

  private volatile boolean done;

  private Object allocateUntilGone() throws Exception {
    while (!done) {
      try (DmaBuf buffer = allocations.allocate("passing", 4096)) {
        access(buffer);
      } catch (HeapException e) {
        assertTrue(Errno.ENODEV.is(e), e.getMessage());
      } catch (BufferClosedException e) {
        // Revoked meanwhile.
      }
    }
    return null;
  }
}
