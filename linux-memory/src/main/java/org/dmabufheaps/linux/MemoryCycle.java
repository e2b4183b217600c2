// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DeferredFree;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.FreeTask.Reason;
import org.dmabufheaps.spi.HeapUsage;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.PagePool;
import org.dmabufheaps.spi.Recyclable;

/** The {@link Recycler} of one heap. */
final class MemoryCycle implements Recycler {
  /** So many waiting buffers are cleared for one request that finds the pool empty. */
  private static final int MOST_CLEARED_FOR_ONE = 4;

  private static final long SMALL_BYTES = 64 << 10;

  /** Where so much waits, it is not for want of buffers that clients wait, but of clearing. */
  private static final long MOST_WAITING_BYTES = 64 << 20;

  /** A spare one is asked for no more often. */
  private static final long SPARE_NANOS = 10_000_000;

  private final Kernel kernel;
  private final String heap;
  private final MemoryBudget budget;
  private final LongAdder recycled = new LongAdder();
  private final LongAdder notRecycled = new LongAdder();
  private final AtomicLong spareNanos = new AtomicLong(System.nanoTime() - SPARE_NANOS);
  private final AtomicReference<PagePool> pool = new AtomicReference<>();
  private final AtomicReference<DeferredFree> freelist = new AtomicReference<>();
  private volatile MemoryKind kind;
  private volatile boolean closed;

  MemoryCycle(Kernel kernel, String heap, MemoryBudget budget, Fresh fresh) {
    this.kernel = kernel;
    this.heap = heap;
    this.budget = budget;
    this.kind = new MemoryKind(fresh);
  }

  @Override
  public void bind(PagePool now) {
    pool.set(now);
    now.refillFrom(this::refill);
  }

  @Override
  public void unbind(PagePool gone) {
    pool.compareAndSet(gone, null);
    gone.drain();
  }

  @Override
  public void bind(DeferredFree now) {
    freelist.set(now);
  }

  @Override
  public void unbind(DeferredFree gone) {
    freelist.compareAndSet(gone, null);
    gone.flush();
  }

  @Override
  public void fresh(Fresh fresh) {
    kind = new MemoryKind(fresh);
    PagePool now = pool.get();
    if (now != null) {
      now.drain();
    }
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    PagePool from = pool.get();
    if (from != null) {
      RecycledBuffer hit = take(from, request);
      if (hit != null) {
        hit.lend(request.label());
        return hit;
      }
    }
    try {
      return fresh(kind, request, from);
    } catch (HeapException e) {
      if (!Errno.ENOMEM.is(e) || !giveBack()) {
        throw e;
      }
      return fresh(kind, request, null);
    }
  }

  /** On a miss, what waits is cleared, as long as that takes no longer than clearing the wish. */
  private RecycledBuffer take(PagePool from, AllocationRequest request) {
    RecycledBuffer hit = takeOfKind(from, request);
    DeferredFree waiting = freelist.get();
    long most = Math.max(from.roundedSize(request.size()), SMALL_BYTES);
    for (int i = 0; hit == null && i < MOST_CLEARED_FOR_ONE; i++) {
      if (waiting == null || !waiting.runOne(most)) {
        return null;
      }
      hit = takeOfKind(from, request);
      if (hit != null) {
        wantSpare(from, waiting, hit.size());
      }
    }
    return hit;
  }

  /** A client waited for the clearing: with one buffer more the next one need not. */
  private void wantSpare(PagePool to, DeferredFree waiting, long bytes) {
    long now = System.nanoTime();
    long last = spareNanos.get();
    if (waiting.pendingBytes() + bytes <= MOST_WAITING_BYTES
        && now - last >= SPARE_NANOS
        && spareNanos.compareAndSet(last, now)) {
      to.lost(bytes);
    }
  }

  /** What came into the pool just before the heap's kind of memory changed is let go. */
  private RecycledBuffer takeOfKind(PagePool from, AllocationRequest request) {
    while (true) {
      DmaBufOps taken = from.take(request);
      if (taken == null || (taken instanceof RecycledBuffer buffer && buffer.isOf(kind))) {
        return (RecycledBuffer) taken;
      }
      taken.release();
    }
  }

  /** Allocates fresh memory; of its class's size, where there is a pool to which it may go. */
  private DmaBufOps fresh(MemoryKind now, AllocationRequest request, PagePool to)
      throws HeapException {
    long size = to == null ? request.size() : to.roundedSize(request.size());
    DmaBufOps made = now.fresh().allocate(new Sized(request, size));
    if (!(made instanceof LinuxBuffer buffer)) {
      return made;
    }
    RecycledBuffer result = new RecycledBuffer(kernel, buffer, this, now);
    result.lend(request.label());
    return result;
  }

  /** Memory is short: what waits and what is idle goes back; tells whether there was any. */
  private boolean giveBack() {
    DeferredFree waiting = freelist.get();
    PagePool idle = pool.get();
    long bytes =
        (waiting == null ? 0 : waiting.pendingBytes()) + (idle == null ? 0 : idle.idleBytes());
    if (waiting != null) {
      waiting.flush();
    }
    if (idle != null) {
      idle.drain();
    }
    return bytes > 0;
  }

  /** Fresh memory in advance, for the pool. */
  private Recyclable refill(long bytes) throws HeapException {
    MemoryKind now = kind;
    if (closed) {
      throw new HeapException("refilling the pool of heap " + heap + ", which goes", Errno.ENODEV);
    }
    Advance request = new Advance(heap, budget, bytes);
    if (!(now.fresh().allocate(request) instanceof LinuxBuffer buffer)) {
      throw new HeapException("refilling the pool of heap " + heap, Errno.ENOTSUP);
    }
    request.populated();
    RecycledBuffer result = new RecycledBuffer(kernel, buffer, this, now);
    boolean done = false;
    try {
      result.populate();
      done = true;
      return result;
    } finally {
      if (!done) {
        result.discard(null);
      }
    }
  }

  /** A client has gone; its last view comes along, if it had one. */
  void freed(RecycledBuffer buffer, Mapping last) {
    PagePool to = pool.get();
    DeferredFree later = freelist.get();
    if (closed || !buffer.isOf(kind) || (to == null && later == null)) {
      buffer.discard(last);
    } else if (to != null && last == null && buffer.isUntouched()) {
      giveOrDiscard(to, buffer);
    } else if (later == null) {
      recycle(buffer, last, Reason.NORMAL);
    } else {
      later.defer(buffer.size(), reason -> recycle(buffer, last, reason));
    }
  }

  private static void giveOrDiscard(PagePool to, RecycledBuffer zero) {
    zero.rest();
    if (!to.give(zero)) {
      zero.discard(null);
    }
  }

  private void recycle(RecycledBuffer buffer, Mapping last, Reason reason) {
    PagePool to = pool.get();
    boolean wanted = reason == Reason.NORMAL && to != null && !closed && buffer.isOf(kind);
    if (!wanted) {
      buffer.discard(last);
    } else if (renewed(buffer, last)) {
      recycled.increment();
      giveOrDiscard(to, buffer);
    } else {
      notRecycled.increment();
      buffer.discard(last);
      to.lost(buffer.size());
    }
  }

  /** What can't be proved, parted or cleared goes back to the system, which clears it. */
  private static boolean renewed(RecycledBuffer buffer, Mapping last) {
    try {
      return buffer.mayRecycle() && buffer.renew(last);
    } catch (Throwable t) {
      return false;
    }
  }

  /** Whether the kernel refuses to pin pages of the heap's kind of memory. */
  boolean pinsRefused(Fd memory) {
    return kind.pinsRefused(kernel, memory);
  }

  @Override
  public HeapUsage usage() {
    PagePool idle = pool.get();
    DeferredFree waiting = freelist.get();
    Map<String, Long> statistics = new TreeMap<>();
    if (idle != null || waiting != null) {
      statistics.put("recycled", recycled.sum());
      statistics.put("not recyclable", notRecycled.sum());
    }
    if (idle != null) {
      statistics.putAll(idle.statistics());
    }
    if (waiting != null) {
      statistics.putAll(waiting.statistics());
    }
    return new HeapUsage(
        idle == null ? 0 : idle.idleBytes(),
        waiting == null ? 0 : waiting.pendingBytes(),
        0,
        statistics);
  }

  @Override
  public void close() {
    closed = true;
    DeferredFree waiting = freelist.get();
    if (waiting != null) {
      waiting.flush();
    }
    PagePool idle = pool.get();
    if (idle != null) {
      idle.drain();
    }
  }
}
