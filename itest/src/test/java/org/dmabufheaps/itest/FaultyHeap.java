// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.View;

/** A heap over memfds with one fault, or none. */
final class FaultyHeap implements Heap, AutoCloseable {
  private static final int LARGEST = 8 << 20;
  private static final long GIB_2 = 1L << 31;

  private final LinuxMemory linux;
  private final HeapFault fault;
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger allocating = new AtomicInteger();
  private final AtomicInteger allocated = new AtomicInteger();
  private final Map<Long, Queue<DmaBufOps>> pool = new ConcurrentHashMap<>();
  private final Queue<Runnable> kept = new ConcurrentLinkedQueue<>();

  FaultyHeap(LinuxMemory linux, HeapFault fault) {
    this.linux = linux;
    this.fault = fault;
  }

  boolean has(HeapFault one) {
    return fault == one;
  }

  @Override
  public HeapStatus status() {
    HeapStatus status =
        HeapStatus.usable()
            .with(HeapAllocator.BACKING, "faulty")
            .with(HeapAllocator.EXPORTS, has(HeapFault.EXPORTS_OTHER_KIND) ? "dma-buf" : "memfd");
    return has(HeapFault.LEAKS_WHEN_REFUSING)
        ? status.with(HeapAllocator.MAX_BYTES, (long) LARGEST)
        : status;
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    if (fault != null) {
      misbehave(request);
    }
    if (has(HeapFault.GIVES_NULL)) {
      return null;
    }
    if (request.size() > GIB_2 && has(HeapFault.VIEW_IGNORES_OFFSET)) {
      return new SparseOps(request.size());
    }
    DmaBufOps pooled = fromPool(request.size());
    return new FaultyOps(this, pooled != null ? pooled : fresh(request), request.size());
  }

  private void misbehave(AllocationRequest request) throws HeapException {
    switch (fault) {
      case THROWS_ERROR -> throw new StackOverflowError("in the heap");
      case BLOCKS -> awaitEnd();
      case ONE_AT_A_TIME -> refuseACrowd();
      case LEAKS_DESCRIPTOR -> keep(linux.memfd(request));
      case LEAKS_NOW_AND_THEN -> leakEachThird(request);
      case LEAKS_WHEN_REFUSING -> leakAndRefuse(request);
      default -> {}
    }
  }

  private void awaitEnd() {
    while (end.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void refuseACrowd() throws HeapException {
    boolean crowd = allocating.incrementAndGet() > 1;
    LockSupport.parkNanos(1_000_000);
    allocating.decrementAndGet();
    if (crowd) {
      throw new HeapException("allocating", Errno.EBUSY);
    }
  }

  private void leakEachThird(AllocationRequest request) throws HeapException {
    if (allocated.incrementAndGet() % 3 == 0) {
      keep(linux.memfd(request));
    }
  }

  private void leakAndRefuse(AllocationRequest request) throws HeapException {
    if (request.size() > LARGEST) {
      keep(linux.memfd(new Resized(request, 4096)));
      throw new HeapException("allocating " + request.size() + " of " + LARGEST, Errno.EINVAL);
    }
  }

  private DmaBufOps fresh(AllocationRequest request) throws HeapException {
    long more = has(HeapFault.UNZEROED_TAIL) ? 4096 : 0;
    DmaBufOps memory = linux.memfd(new Resized(request, request.size() + more));
    if (has(HeapFault.UNZEROED)) {
      dirty(memory, 0);
    }
    if (has(HeapFault.UNZEROED_TAIL)) {
      dirty(memory, request.size());
    }
    return memory;
  }

  private static void dirty(DmaBufOps memory, long from) throws HeapException {
    View view = memory.map();
    var bytes = view.bytes(from, (int) (memory.size() - from));
    while (bytes.hasRemaining()) {
      bytes.put((byte) 0x77);
    }
    view.retire();
  }

  private DmaBufOps fromPool(long size) throws HeapException {
    Queue<DmaBufOps> idle = pool.get(size);
    DmaBufOps memory = idle == null ? null : idle.poll();
    if (memory != null && !has(HeapFault.UNZEROED_AFTER_REUSE)) {
      clear(memory);
    }
    return memory;
  }

  private static void clear(DmaBufOps memory) throws HeapException {
    View view = memory.map();
    view.bytes(0, (int) memory.size()).put(new byte[(int) memory.size()]);
    view.retire();
  }

  /** What {@link FaultyOps#release} does with the memory. */
  void release(DmaBufOps memory) {
    boolean pools =
        has(HeapFault.UNZEROED_AFTER_REUSE)
            || has(HeapFault.STALE_VIEW_SEES_OTHERS)
            || has(HeapFault.SAME_MEMORY_TWICE);
    if (!pools) {
      memory.release();
      return;
    }
    Queue<DmaBufOps> idle =
        pool.computeIfAbsent(memory.size(), size -> new ConcurrentLinkedQueue<>());
    idle.add(memory);
    if (has(HeapFault.SAME_MEMORY_TWICE)) {
      idle.add(memory);
    }
  }

  /** Has something that is never given back given back at the end of the test. */
  void keep(Runnable giveBack) {
    kept.add(giveBack);
  }

  void keep(DmaBufOps memory) {
    kept.add(memory::release);
  }

  /** A memfd that is not the buffer's. */
  DmaBufOps stranger(long size) throws HeapException {
    DmaBufOps other = linux.memfd(new Resized(null, size));
    keep(other);
    return other;
  }

  /** Lets go of what blocks, and of all memory. */
  void unblock() {
    end.countDown();
  }

  @Override
  public void close() {
    unblock();
    kept.forEach(Runnable::run);
    pool.values().stream().flatMap(Queue::stream).distinct().forEach(DmaBufOps::release);
  }
}
