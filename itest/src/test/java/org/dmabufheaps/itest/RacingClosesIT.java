// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.junit.Test;
import org.osgi.framework.Bundle;

/**
 * Handles are closed while other threads use their views in every way that there is. 100,000 of
 * them, or as many as the system property {@code itest.races} says.
 */
public class RacingClosesIT extends ContainerTest {
  private static final int RACES = Integer.getInteger("itest.races", 100_000);
  private static final int BATCH = 64;

  /** To each buffer, each with a view of its own. */
  private static final int HANDLES = 16;

  private static final int USERS = 2;
  private static final int SIZE = Canaries.SIZE;

  /** What is written into buffers: each has a value of its own. */
  private static final AtomicLong VALUES = new AtomicLong(0x0badc0de00000000L);

  private final List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());

  /** Where each user gets what it is to use. */
  private final List<BlockingQueue<Batch>> queues = new ArrayList<>();

  private static final Batch END = new Batch();

  /** Buffers that are used by all threads at once. */
  private static final class Batch {
    private Batch() {}

    final DmaBuf[] buffers = new DmaBuf[BATCH];
    final CpuAccess[] accesses = new CpuAccess[BATCH];
    final ByteBuffer[] views = new ByteBuffer[BATCH];
    final long[] values = new long[BATCH];

    /** Opens when every thread has gone through it once. */
    final CountDownLatch seen = new CountDownLatch(USERS);

    volatile boolean closed;

    Batch(HeapAllocator heap, AllocationService allocations) throws HeapException {
      for (int i = 0; i < BATCH; i++) {
        boolean fresh = i % HANDLES == 0;
        buffers[i] = fresh ? heap.allocate(SIZE) : allocations.share(buffers[i - 1]);
        accesses[i] = buffers[i].beginCpuAccess(Access.READ_WRITE);
        views[i] = accesses[i].bytes();
        if (fresh && views[i].mismatch(ByteBuffer.allocate(SIZE)) >= 0) {
          throw new AssertionError("a fresh buffer is not zero");
        }
        values[i] = fresh ? VALUES.incrementAndGet() : values[i - 1];
        views[i].putLong(0, values[i]);
      }
    }

    /** Another handle of the same buffer. */
    ByteBuffer sibling(int i) {
      return views[i - i % HANDLES + (i + 1) % HANDLES];
    }
  }

  @Test
  public void closingWhileOthersReadWriteCopyCompareAndSum() throws Exception {
    race(RACES);
  }

  /** Views are then parted from memory that goes on, instead of going with it. */
  @Test
  public void theSameWhereMemoryIsUsedAgain() throws Exception {
    install("heap-pagepool");
    install("heap-deferred-free");
    race(RACES / 5);
  }

  private void race(int races) throws Exception {
    HeapAllocator heap = service(HeapAllocator.class, "(dmabuf.heap.name=system)");
    AllocationService allocations = service(AllocationService.class, null);
    Bundle canaries = startCanaries();
    Callable<?> check = service(Callable.class, "(client=" + Canaries.NAME + ")");
    List<Thread> users = new ArrayList<>();
    for (int i = 0; i < USERS; i++) {
      int number = i;
      queues.add(new LinkedBlockingQueue<>());
      users.add(new Thread(() -> use(number), "itest-user-" + i));
    }
    long begin = System.nanoTime();
    long mostStale = 0;
    users.forEach(Thread::start);
    try {
      for (int closed = 0; closed < races && wrong.isEmpty(); closed += BATCH) {
        race(heap, allocations);
        mostStale = Math.max(mostStale, StaleViews.count());
        if (closed / BATCH % 16 == 0) {
          check.call();
        }
      }
    } finally {
      queues.forEach(queue -> queue.add(END));
      for (Thread user : users) {
        user.join();
      }
    }
    report(races, System.nanoTime() - begin, mostStale);
    check.call();
    canaries.stop();
    assertEquals(List.of(), wrong);
    await("their address space is given back", () -> staleViewsAfterCollection(heap) < BATCH);
  }

  private Bundle startCanaries() throws Exception {
    return TestBundle.named(Canaries.NAME)
        .activator(Canaries.class)
        .classes(BusyReader.class)
        .start(context);
  }

  private static void report(int races, long nanos, long mostStale) {
    System.out.printf(
        Locale.ROOT,
        "%d racing closes in %.1f s, %.0f per second; at most %d stale views%n",
        races,
        nanos / 1e9,
        races / (nanos / 1e9),
        mostStale);
  }

  private static long staleViewsAfterCollection(HeapAllocator heap) throws HeapException {
    System.gc();
    heap.allocate(SIZE).close();
    return StaleViews.count();
  }

  /** Closes the buffers when everybody is at work on them. */
  private void race(HeapAllocator heap, AllocationService allocations) throws Exception {
    Batch batch = new Batch(heap, allocations);
    for (BlockingQueue<Batch> queue : queues) {
      queue.add(batch);
    }
    while (!batch.seen.await(10, TimeUnit.SECONDS)) {
      assertEquals(List.of(), wrong);
    }
    for (DmaBuf buffer : batch.buffers) {
      buffer.close();
    }
    batch.closed = true;
  }

  private void use(int number) {
    byte[] copy = new byte[SIZE];
    try {
      int turn = number;
      for (Batch batch = queues.get(number).take();
          batch != END;
          batch = queues.get(number).take()) {
        use(batch, turn++, copy);
        batch.seen.countDown();
        while (!batch.closed) {
          use(batch, turn++, copy);
        }
      }
    } catch (HeapException | InterruptedException | RuntimeException | Error e) {
      wrong.add(e);
    }
  }

  private static void use(Batch batch, int turn, byte[] copy) throws HeapException {
    for (int i = 0; i < BATCH; i++) {
      use(batch, i, turn + i, copy);
    }
  }

  private static void use(Batch batch, int i, int how, byte[] copy) throws HeapException {
    ByteBuffer view = batch.views[i];
    ByteBuffer other = batch.sibling(i);
    switch (how % 8) {
      case 0 -> read(view, batch.values[i]);
      case 1 -> write(view, batch.values[i]);
      case 2 -> view.get(0, copy);
      case 3 -> view.put(0, other, 0, SIZE);
      case 4 -> view.mismatch(other);
      case 5 -> new CRC32().update(view.duplicate());
      case 6 -> useApi(batch, i);
      default -> closeIfSeen(batch, i);
    }
  }

  /** Any mixture of what was written into this buffer and zeros, and never what is another's. */
  private static void read(ByteBuffer view, long written) {
    for (int offset = 0; offset < SIZE; offset += Long.BYTES) {
      long value = view.getLong(offset);
      if (value != 0 && value != written) {
        throw new AssertionError("a view shows 0x" + Long.toHexString(value));
      }
    }
  }

  private static void write(ByteBuffer view, long value) {
    for (int offset = 0; offset < SIZE; offset += Long.BYTES) {
      view.putLong(offset, value);
    }
  }

  private static void useApi(Batch batch, int i) throws HeapException {
    if (!batch.buffers[i].isOpen()) {
      return;
    }
    try (CpuAccess access = batch.buffers[i].beginCpuAccess(Access.WRITE)) {
      access.bytes(8, 8).putLong(0, batch.values[i]);
      batch.accesses[i].bytes().putLong(8, batch.values[i]);
      batch.buffers[i].exportFd().close();
    } catch (BufferClosedException e) {
      // It was closed first.
    }
  }

  /** Two who close at once. */
  private static void closeIfSeen(Batch batch, int i) {
    if (batch.seen.getCount() == 0) {
      batch.buffers[i].close();
    }
  }
}
