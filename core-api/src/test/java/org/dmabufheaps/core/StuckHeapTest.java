// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.Shrinker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One heap that is stuck, and what goes on beside it: everything. */
@Timeout(60)
class StuckHeapTest {
  private static final long LIMIT_MILLIS = 300;

  /** So long that what is slow here is not late. */
  private static final long LONG_LIMIT_MILLIS = 3_000;

  private final Core.Config config = new Core.Config();
  private final Core core = new Core(config);
  private final FakeHeap heap = core.heap("system");
  private final AllocationService allocations =
      core.allocations(core.bundle(20, "com.acme.camera"));
  private final CountDownLatch latch = new CountDownLatch(1);
  private final CountDownLatch entered = new CountDownLatch(1);
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private boolean deactivated;

  @AfterEach
  void nothingIsLeft() throws Exception {
    latch.countDown();
    thread.shutdown();
    assertTrue(thread.awaitTermination(20, TimeUnit.SECONDS));
    Core.await("all memory is released", () -> heap.made.get() == heap.releases.get());
    if (!deactivated) {
      core.assertNothingLeft(heap);
      core.close();
    }
  }

  private void limitCallsTo(long millis) {
    config.limitMillis = millis;
    core.configure(config);
  }

  private void block() throws HeapException {
    entered.countDown();
    FakeHeap.blockedBy(latch).run();
  }

  /** The first call is stuck. */
  private FakeHeap.Failure stuckOnce() {
    AtomicInteger calls = new AtomicInteger();
    return () -> {
      if (calls.getAndIncrement() == 0) {
        block();
      }
    };
  }

  @Test
  void aHeapThatIsStuckInOneHandlesAccessKeepsNoOtherHandleFromBeingClosed() throws Exception {
    limitCallsTo(LIMIT_MILLIS);
    DmaBuf writer = allocations.allocate("system", 4096);
    DmaBuf reader = allocations.share(writer);
    DmaBuf third = allocations.share(writer);
    CpuAccess reading = reader.beginCpuAccess(Access.READ);
    heap.onBegin = stuckOnce();
    Future<CpuAccess> writing = thread.submit(() -> writer.beginCpuAccess(Access.WRITE));
    entered.await();
    HeapException refused =
        assertThrows(HeapException.class, () -> third.beginCpuAccess(Access.READ));
    assertEquals(Errno.ETIMEDOUT.number(), refused.errno());
    assertEquals(
        Errno.ETIMEDOUT.number(), assertThrows(HeapException.class, reading::close).errno());
    reader.close();
    third.close();
    assertFalse(reader.isOpen());
    latch.countDown();
    writing.get().close();
    writer.close();
    assertEquals("end READ_WRITE", heap.cpuAccess.get(heap.cpuAccess.size() - 1));
  }

  @Test
  void anAccessThatEndedWhileTheHeapWasStuckIsEndedWhenItReturns() throws Exception {
    limitCallsTo(LIMIT_MILLIS);
    DmaBuf writer = allocations.allocate("system", 4096);
    DmaBuf reader = allocations.share(writer);
    CpuAccess writing = writer.beginCpuAccess(Access.WRITE);
    CpuAccess reading = reader.beginCpuAccess(Access.READ);
    heap.onEnd = stuckOnce();
    Future<?> ending =
        thread.submit(
            () -> {
              writing.close();
              return null;
            });
    entered.await();
    assertThrows(HeapException.class, reading::close);
    latch.countDown();
    ending.get();
    assertEquals(
        "[begin READ_WRITE, end READ_WRITE, begin READ, end READ]", heap.cpuAccess.toString());
    reader.beginCpuAccess(Access.WRITE).close();
    assertEquals("end READ_WRITE", heap.cpuAccess.get(heap.cpuAccess.size() - 1));
    writer.close();
    reader.close();
  }

  private record Idle(FakeHeap.Failure giveBack) implements Shrinker {
    @Override
    public long count() {
      return 65536;
    }

    @Override
    public long scan(long bytes) {
      try {
        giveBack.run();
      } catch (HeapException e) {
        throw new AssertionError(e);
      }
      return 65536;
    }
  }

  @Test
  void aShrinkerThatIsStuckTakesNoTimeFromTheNextAndIsNotAskedAgain() throws Exception {
    limitCallsTo(LIMIT_MILLIS);
    AtomicInteger asked = new AtomicInteger();
    core.shrinker(
        7,
        new Idle(
            () -> {
              asked.incrementAndGet();
              block();
            }));
    core.shrinker(0, new Idle(() -> core.backend.headroom = new Headroom(1L << 34, 1L << 33)));
    for (int i = 0; i < 3; i++) {
      core.backend.headroom = new Headroom(1L << 34, 0);
      allocations.allocate("system", 65536).close();
    }
    assertEquals(1, asked.get());
    latch.countDown();
  }

  @Test
  void whenCoreStopsAHeapThatIsStuckTakesNoTimeFromTheOthers() throws Exception {
    limitCallsTo(LONG_LIMIT_MILLIS);
    FakeHeap stuck = core.heap("stuck");
    stuck.onRetire = FakeHeap.stuckUntil(latch);
    AtomicBoolean released = new AtomicBoolean();
    heap.onRelease =
        () -> {
          // Longer than what is given to begin in, when there is no time left.
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10 * BoundedCalls.MOMENT_MILLIS));
          released.set(true);
        };
    for (String name : new String[] {"stuck", "system"}) {
      DmaBuf buffer = allocations.allocate(name, 4096);
      buffer.beginCpuAccess(Access.READ).close();
    }
    core.component.deactivate();
    deactivated = true;
    assertTrue(released.get(), "the other heap's buffer is released when core has stopped");
    latch.countDown();
    Core.await("the stuck heap's, too", () -> stuck.releases.get() == 1);
  }
}
