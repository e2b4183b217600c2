// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class RecyclerTest {
  private static final int SIZE = 256 << 10;

  /** The system calls that were made, by name. */
  private final List<String> called = new ArrayList<>();

  /** Fails calls of this name. */
  private String failing = "";

  private final Kernel kernel =
      TestKernel.with(
          TestKernel.watched(
              (name, arguments) -> {
                called.add(name);
                return name.equals(failing) ? Errno.ENOMEM.number() : 0;
              }),
          Replacement.BY_MOVE);
  private final LinuxMemory linux = new LinuxMemoryService(kernel);
  private final AtomicInteger made = new AtomicInteger();
  private final PlainPool pool = new PlainPool();
  private final PlainFreelist freelist = new PlainFreelist();
  private final Recycler recycler =
      linux.recycler(
          "acme", (what, bytes) -> new TestRequest(bytes).reserveFresh(bytes), this::fresh);

  private DmaBufOps fresh(AllocationRequest request) throws HeapException {
    made.incrementAndGet();
    return linux.memfd(request);
  }

  @BeforeEach
  void bind() {
    recycler.bind(pool);
    recycler.bind(freelist);
  }

  @AfterEach
  void close() {
    recycler.close();
    kernel.tidy();
  }

  private DmaBufOps allocate() throws HeapException {
    return recycler.allocate(new TestRequest(SIZE));
  }

  private static ByteBuffer fill(View view) {
    ByteBuffer bytes = view.bytes(0, SIZE);
    for (int i = 0; i < SIZE; i += Long.BYTES) {
      bytes.putLong(i, 0xa5a5a5a5a5a5a5a5L);
    }
    return bytes;
  }

  private static void assertZero(ByteBuffer bytes) {
    assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(SIZE)));
  }

  @Test
  void memoryComesBackZeroAndTheFormerClientSeesZerosFromThenOn() throws Exception {
    DmaBufOps first = allocate();
    View view = first.map();
    ByteBuffer stale = fill(view);
    first.release(view);
    assertEquals(0xa5, stale.get(7) & 0xff, "its own content, until the view is retired");
    freelist.flush();
    assertZero(stale);
    DmaBufOps second = allocate();
    assertSame(first, second);
    assertEquals(1, made.get());
    View next = second.map();
    ByteBuffer bytes = next.bytes(0, SIZE);
    assertZero(bytes);
    bytes.put(0, (byte) 1);
    stale.put(1, (byte) 2);
    assertEquals(0, stale.get(0), "the former client sees nothing of the next one");
    assertEquals(0, bytes.get(1), "nor the next one of the former");
    second.release(next);
  }

  @Test
  void aHitIsMappedAndCostsNoSystemCall() throws Exception {
    DmaBufOps first = allocate();
    View view = first.map();
    fill(view);
    first.release(view);
    freelist.flush();
    called.clear();
    DmaBufOps hit = allocate();
    View next = hit.map();
    ByteBuffer bytes = next.bytes(0, SIZE);
    hit.release(next);
    assertEquals(List.of(), called);
    assertZero(bytes);
  }

  @Test
  void aViewThatNobodyCanReachStaysWhereItIs() throws Exception {
    DmaBufOps buffer = allocate();
    View view = buffer.map();
    buffer.release(view);
    called.clear();
    freelist.flush();
    assertEquals(List.of(), called, "no byte buffer was handed out");
    DmaBufOps again = allocate();
    View next = again.map();
    assertZero(next.bytes(0, SIZE));
    again.release(next);
  }

  @Test
  void memoryThatNobodyTouchedIsNotClearedAgain() throws Exception {
    pool.refill(SIZE);
    DmaBufOps buffer = allocate();
    buffer.release();
    assertEquals(SIZE, pool.idleBytes());
    assertEquals(0, freelist.pendingBytes());
  }

  @Test
  void aFreshBufferIsMappedOnceAndIsZeroAsLongAsNobodyTouchedIt() throws Exception {
    called.clear();
    DmaBufOps fresh = allocate();
    assertEquals(1, called.stream().filter("mmap"::equals).count());
    fresh.release();
    assertEquals(SIZE, pool.idleBytes(), "and need not be cleared");
    DmaBufOps again = allocate();
    View view = again.map();
    assertEquals(1, called.stream().filter("mmap"::equals).count(), "it is mapped already");
    fill(view);
    again.release(view);
    assertEquals(SIZE, freelist.pendingBytes(), "it is not zero any more");
  }

  @Test
  void memoryWhoseViewWasRetiredBeforeItWasReleasedIsClearedAllTheSame() throws Exception {
    DmaBufOps fresh = allocate();
    View view = fresh.map();
    fill(view);
    view.retire();
    fresh.release();
    freelist.flush();
    DmaBufOps again = allocate();
    assertSame(fresh, again);
    View next = again.map();
    assertZero(next.bytes(0, SIZE));
    again.release(next);
  }

  @Test
  void aFreshBufferThatWasExportedUnseenIsNotUsedAgain() throws Exception {
    DmaBufOps fresh = allocate();
    fresh.exportFd().close();
    fresh.release();
    freelist.flush();
    assertEquals(0, pool.idleBytes());
  }

  @Test
  void whenAClientHadToWaitForClearingASpareBufferIsWanted() throws Exception {
    DmaBufOps buffer = allocate();
    View view = buffer.map();
    fill(view);
    buffer.release(view);
    assertEquals(0, pool.lost);
    DmaBufOps again = allocate();
    assertSame(buffer, again);
    assertEquals(SIZE, pool.lost, "one more, and the next client need not wait");
    again.release();
  }

  @Test
  void anExportedMemfdIsNeverUsedAgain() throws Exception {
    DmaBufOps buffer = allocate();
    OwnedFd fd = buffer.exportFd();
    fd.close();
    buffer.release();
    freelist.flush();
    assertEquals(0, pool.idleBytes());
    assertEquals(SIZE, pool.lost);
  }

  @Test
  void memoryThatADeviceNeverLetGoOfIsNeverUsedAgain() throws Exception {
    DmaBufOps buffer = allocate();
    buffer.attach("npu0", Access.WRITE);
    buffer.abandon("npu0", Access.WRITE);
    buffer.release();
    freelist.flush();
    assertEquals(0, pool.idleBytes());
  }

  @Test
  void memoryWhoseViewsCouldNotBePartedIsNotUsedAgain() throws Exception {
    DmaBufOps buffer = allocate();
    View shared = buffer.map();
    ByteBuffer stale = fill(shared);
    View view = buffer.map();
    failing = "mremap";
    shared.retire();
    failing = "";
    buffer.release(view);
    freelist.flush();
    assertEquals(0, pool.idleBytes());
    kernel.tidy();
    assertZero(stale);
  }

  @Test
  void memoryWhoseOwnViewCouldNotBePartedIsNotUsedAgain() throws Exception {
    DmaBufOps buffer = allocate();
    View view = buffer.map();
    ByteBuffer stale = fill(view);
    buffer.release(view);
    failing = "mremap";
    freelist.flush();
    failing = "";
    assertEquals(0, pool.idleBytes());
    kernel.tidy();
    assertZero(stale);
  }

  @Test
  void memoryOfAFormerKindIsNotUsedForTheNewOne() throws Exception {
    DmaBufOps live = allocate();
    DmaBufOps idle = allocate();
    View view = idle.map();
    idle.release(view);
    freelist.flush();
    assertEquals(SIZE, pool.idleBytes());
    recycler.fresh(this::fresh);
    assertEquals(0, pool.idleBytes());
    live.release();
    freelist.flush();
    assertEquals(0, pool.idleBytes());
  }

  @Test
  void underPressureMemoryGoesBackUncleared() throws Exception {
    DmaBufOps buffer = allocate();
    View view = buffer.map();
    fill(view);
    buffer.release(view);
    freelist.pressed();
    assertEquals(0, pool.idleBytes());
    assertEquals(0, freelist.pendingBytes());
  }

  @Test
  void aMissClearsWhatWaitsUnlessThatTakesLong() throws Exception {
    DmaBufOps buffer = allocate();
    View view = buffer.map();
    fill(view);
    buffer.release(view);
    DmaBufOps small = recycler.allocate(new TestRequest(4096));
    assertEquals(SIZE, freelist.pendingBytes(), "larger than the wish");
    DmaBufOps again = allocate();
    assertSame(buffer, again);
    assertEquals(2, made.get());
    again.release();
    small.release();
  }

  @Test
  void whenMemoryIsShortIdleMemoryGoesBackAndItIsTriedOnceMore() throws Exception {
    DmaBufOps idle = recycler.allocate(new TestRequest(4096));
    View view = idle.map();
    idle.release(view);
    freelist.flush();
    boolean[] dry = {true};
    recycler.fresh(
        request -> {
          if (dry[0]) {
            dry[0] = false;
            throw new HeapException("allocating", Errno.ENOMEM);
          }
          return linux.memfd(request);
        });
    assertThrows(HeapException.class, this::allocate, "there was nothing to give back");
    DmaBufOps waiting = recycler.allocate(new TestRequest(4096));
    waiting.release();
    dry[0] = true;
    DmaBufOps got = allocate();
    assertEquals(0, freelist.pendingBytes());
    assertNotSame(waiting, got);
    got.release();
  }

  @Test
  void afterTheEndMemoryGoesBackAtOnce() throws Exception {
    DmaBufOps live = allocate();
    View view = live.map();
    ByteBuffer stale = fill(view);
    recycler.close();
    live.release(view);
    assertEquals(0, pool.idleBytes());
    assertEquals(0, freelist.pendingBytes());
    assertZero(stale);
    assertThrows(HeapException.class, () -> pool.refill(SIZE));
  }

  @Test
  void boltOnsComeAndGo() throws Exception {
    DmaBufOps buffer = allocate();
    View view = buffer.map();
    buffer.release(view);
    recycler.unbind(freelist);
    assertEquals(SIZE, pool.idleBytes(), "what waited is done");
    DmaBufOps hit = allocate();
    View next = hit.map();
    fill(next);
    hit.release(next);
    assertEquals(SIZE, pool.idleBytes(), "without a freelist whoever frees clears");
    recycler.unbind(pool);
    assertEquals(0, pool.idleBytes());
    DmaBufOps plain = allocate();
    plain.release();
    assertEquals(0, pool.idleBytes());
    recycler.bind(freelist);
    DmaBufOps deferred = allocate();
    deferred.release();
    assertEquals(SIZE, freelist.pendingBytes(), "without a pool it is freed later all the same");
  }

  @Test
  void anotherPoolThatTookThePlaceStays() throws Exception {
    PlainPool other = new PlainPool();
    recycler.bind(other);
    recycler.unbind(pool);
    DmaBufOps buffer = allocate();
    buffer.release();
    freelist.flush();
    assertEquals(SIZE, other.idleBytes());
    assertTrue(recycler.usage().pooledBytes() == SIZE);
  }
}
