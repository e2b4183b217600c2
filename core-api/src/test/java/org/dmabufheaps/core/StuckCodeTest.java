// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.Shrinker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;

/** Code of others that does not return, or throws, and what it holds up: nothing. */
@Timeout(60)
class StuckCodeTest {
  private final Core.Config config = new Core.Config();
  private final Core core = new Core(config);
  private final FakeHeap heap = core.heap("system");
  private final Bundle client = core.bundle(20, "com.acme.camera");
  private final AllocationService allocations = core.allocations(client);
  private final CountDownLatch latch = new CountDownLatch(1);

  @AfterEach
  void nothingIsLeft() {
    latch.countDown();
    Core.await("all memory is released", () -> heap.made.get() == heap.releases.get());
    Core.await("no handle is open", () -> core.registry().buffers().isEmpty());
    core.assertNothingLeft(heap);
    core.close();
  }

  private void limitCallsTo(long millis) {
    config.limitMillis = millis;
    core.configure(config);
  }

  private List<DmaBuf> mappedBuffers(int count) throws HeapException {
    List<DmaBuf> buffers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      buffers.add(allocations.allocate("system", 4096));
      buffers.get(i).beginCpuAccess(Access.READ).close();
    }
    return buffers;
  }

  @Test
  void ofAStoppedBundlesBuffersTheHeapThatLeavesFindsThoseBehindOnesThatAreStuck()
      throws HeapException {
    limitCallsTo(300);
    List<DmaBuf> buffers = mappedBuffers(30);
    AtomicInteger stuck = new AtomicInteger();
    Runnable block = FakeHeap.stuckUntil(latch);
    heap.onRelease =
        () -> {
          // As many as are released side by side when the bundle stops.
          if (stuck.getAndIncrement() < 8) {
            block.run();
          }
        };
    core.stopped(client);
    assertEquals(22, core.registry().buffers().size(), "what is open is listed");
    core.remove(heap);
    assertTrue(buffers.stream().noneMatch(DmaBuf::isOpen));
    assertEquals(30, heap.retired.get());
    assertEquals(30, heap.releases.get());
  }

  @Test
  void memoryIsReleasedOnlyAfterAViewThatIsStuckWasRetired() throws HeapException {
    limitCallsTo(300);
    mappedBuffers(1);
    heap.onRetire = FakeHeap.stuckUntil(latch);
    core.remove(heap);
    assertEquals(0, heap.releases.get(), "its view is there still");
    assertTrue(core.logged.toString().contains("stuck"), core.logged.toString());
    latch.countDown();
    Core.await("the release", () -> heap.releases.get() == 1);
  }

  @Test
  void stuckCallbacksOfOneBundleDoNotKeepAnothersDeviceFromBeingTold() throws HeapException {
    limitCallsTo(300);
    AllocationService others = core.allocations(core.bundle(21, "com.acme.display"));
    for (int i = 0; i < 64; i++) {
      allocations
          .allocate("system", 4096)
          .attach("camera" + i, Access.WRITE, FakeHeap.stuckUntil(latch));
    }
    AtomicBoolean told = new AtomicBoolean();
    others.allocate("system", 4096).attach("npu", Access.READ, () -> told.set(true));
    core.remove(heap);
    assertTrue(told.get());
  }

  @Test
  void aConnectionThatAPeerDoesNotTakeIsGivenUpWhenItsBundleStops() throws Exception {
    FdSockets sockets = core.service(FdSockets.class, client);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread connecting =
        new Thread(
            () ->
                thrown.set(
                    assertThrows(
                        BufferClosedException.class, () -> sockets.connect(Path.of("/peer")))));
    connecting.start();
    Core.await("the connection is under way", () -> core.backend.connecting);
    core.stopped(client);
    connecting.join();
    assertTrue(thrown.get().getMessage().contains("has stopped"), thrown.toString());
  }

  @Test
  void aRestartOfCoreTellsDevices() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", 4096);
    AtomicInteger mappedWhenTold = new AtomicInteger(-1);
    buffer.beginCpuAccess(Access.WRITE).close();
    buffer.attach(
        "npu", Access.READ, () -> mappedWhenTold.set(heap.mapped.get() - heap.retired.get()));
    core.component.deactivate();
    assertFalse(buffer.isOpen());
    assertEquals(1, mappedWhenTold.get(), "told, and before the view went");
    core.component.activate();
  }

  @Test
  void aStoppedBundlesDevicesAreDetachedWithoutACall() throws HeapException {
    AtomicBoolean told = new AtomicBoolean();
    allocations.allocate("system", 4096).attach("npu", Access.READ, () -> told.set(true));
    core.stopped(client);
    assertFalse(told.get(), "its own code has gone");
  }

  @Test
  void aLateAnswerAboutTheStatusIsTakenWhenItComes() {
    limitCallsTo(20);
    AtomicInteger asked = new AtomicInteger();
    FakeHeap slow =
        core.heap(
            new FakeHeap() {
              @Override
              public HeapStatus status() {
                if (asked.incrementAndGet() == 1) {
                  stuckUntil(latch).run();
                }
                return super.status();
              }
            },
            "slow",
            0);
    assertFalse(core.isPublished("slow"));
    latch.countDown();
    Core.await("the heap is published", () -> core.isPublished("slow"));
    assertEquals(1, asked.get(), "it is not asked again");
    core.remove(slow);
  }

  @Test
  void anErrorWhileAStatusIsFollowedDoesNotKeepTheHeapFromBeingAskedAgain() {
    core.onRegister =
        () -> {
          throw new OutOfMemoryError("unable to create native thread");
        };
    FakeHeap other = new FakeHeap();
    try {
      core.heap(other, "other", 0);
    } catch (OutOfMemoryError e) {
      // Declarative Services logs it.
    }
    core.onRegister = () -> {};
    other.statusChanged.run();
    Core.await("the heap is published", () -> core.isPublished("other"));
    core.remove(other);
  }

  /** Gives memory back in its own way. */
  private record Idle(Runnable giveBack) implements Shrinker {
    @Override
    public long count() {
      return 65536;
    }

    @Override
    public long scan(long bytes) {
      giveBack.run();
      return 65536;
    }
  }

  /** The machine has nothing left. */
  private void exhaust() {
    core.backend.headroom = new Headroom(1L << 34, 0);
  }

  private void recover() {
    core.backend.headroom = new Headroom(1L << 34, 1L << 33);
  }

  @Test
  void theShrinkerOfTheHighestRankingIsAskedFirstAndTheOthersOnlyForMore() throws HeapException {
    List<String> asked = new CopyOnWriteArrayList<>();
    core.shrinker(0, new Idle(() -> asked.add("pool")));
    core.shrinker(
        7,
        new Idle(
            () -> {
              asked.add("freelist");
              recover();
            }));
    exhaust();
    allocations.allocate("system", 65536).close();
    assertEquals(List.of("freelist"), asked);
  }

  @Test
  void aShrinkerThatIsStuckIsReportedAndHoldsUpTheRequestNoLongerThanTheLimit()
      throws HeapException {
    limitCallsTo(300);
    var reference = core.shrinker(7, new Idle(FakeHeap.stuckUntil(latch)));
    exhaust();
    HeapException refusal =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 65536));
    assertTrue(Errno.ENOMEM.is(refusal));
    assertTrue(core.logged.toString().contains("shrinker"), core.logged.toString());
    core.component.unbindShrinker(reference);
    recover();
    allocations.allocate("system", 65536).close();
  }

  @Test
  void theSystemThatCannotBeAskedLeavesNothingTaken() throws HeapException {
    core.backend.headroom = null;
    assertThrows(HeapException.class, () -> allocations.allocate("system", 4096));
    core.backend.headroom = new Headroom(1L << 34, 4096);
    config.reserve = 1;
    core.configure(config);
    recover();
    assertEquals(0, core.registry().budget().takenBytes);
    core.backend.headroom = new Headroom(1L << 34, 4097);
    allocations.allocate("system", 4096).close();
    recover();
  }

  @Test
  void aViewIsRetiredBeforeThePlatformsPartOfItsBufferGoes() throws HeapException {
    heap.onPlatform = true;
    heap.onLastView =
        () -> {
          throw new NoClassDefFoundError("vendor/Late");
        };
    mappedBuffers(1).get(0).close();
    assertEquals(1, heap.retired.get());
    assertEquals(List.of("last view", "retire", "release"), heap.ends);
  }
}
