// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Access;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.View;

/** A heap without a system: it counts its calls, and fails or blocks on demand. */
class FakeHeap implements Heap {
  final AtomicInteger allocateCalls = new AtomicInteger();
  final AtomicInteger made = new AtomicInteger();
  final AtomicInteger releases = new AtomicInteger();
  final AtomicInteger mapped = new AtomicInteger();
  final AtomicInteger retired = new AtomicInteger();
  final AtomicInteger fdsOpen = new AtomicInteger();
  final AtomicInteger attached = new AtomicInteger();
  final List<String> cpuAccess = Collections.synchronizedList(new ArrayList<>());
  volatile boolean reservationOutlivesRelease;
  private final List<AutoCloseable> reservations = new CopyOnWriteArrayList<>();
  volatile HeapStatus status =
      HeapStatus.usable().with(HeapAllocator.BACKING, "fake").with(HeapAllocator.EXPORTS, "memfd");
  volatile Runnable statusChanged = () -> {};
  volatile Failure onAllocate = () -> {};
  volatile Failure onBegin = () -> {};
  volatile Failure onEnd = () -> {};
  volatile Failure onMap = () -> {};
  volatile Failure onExport = () -> {};
  volatile Runnable onRelease = () -> {};
  volatile Runnable onLastView = () -> {};
  volatile Runnable onRetire = () -> {};
  volatile Runnable onDetach = () -> {};
  volatile Failure onBytes = () -> {};
  final List<String> ends = Collections.synchronizedList(new ArrayList<>());
  volatile ByteBuffer large;
  volatile long extraBytes;
  volatile long mostBytes;
  volatile OptionalLong physicalAddress = OptionalLong.empty();
  volatile boolean returnsNull;
  volatile boolean onPlatform;
  volatile boolean reserves = true;

  /** What goes wrong, at one place. */
  interface Failure {
    void run() throws HeapException;
  }

  /** Blocks until the latch opens, whatever happens to the thread. */
  static Failure blockedBy(CountDownLatch latch) {
    return () -> {
      boolean open = false;
      while (!open) {
        try {
          latch.await();
          open = true;
        } catch (InterruptedException e) {
          // A call into native code can't be interrupted either.
        }
      }
    };
  }

  /** As {@link #blockedBy}, for what throws no exceptions of a heap. */
  static Runnable stuckUntil(CountDownLatch latch) {
    return () -> {
      try {
        blockedBy(latch).run();
      } catch (HeapException e) {
        throw new AssertionError(e);
      }
    };
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    mostBytes = request.mostBytes();
    allocateCalls.incrementAndGet();
    AutoCloseable reservation = reserves ? request.reserveFresh(request.size()) : () -> {};
    onAllocate.run();
    return returnsNull ? null : new FakeOps(request.size() + extraBytes, reservation);
  }

  @Override
  public HeapStatus status() {
    return status;
  }

  @Override
  public void watch(Runnable changed) {
    statusChanged = changed;
  }

  void closeReservations() {
    reservations.forEach(FakeHeap::close);
    reservations.clear();
  }

  private static void close(AutoCloseable reservation) {
    try {
      reservation.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  final class FakeOps implements DmaBufOps {
    private final long size;
    private final AutoCloseable reservation;
    private final ByteBuffer memory;

    FakeOps(long size, AutoCloseable reservation) {
      this.size = size;
      this.reservation = reservation;
      made.incrementAndGet();
      this.memory = ByteBuffer.allocateDirect((int) Math.min(size, 1 << 20));
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public View map() throws HeapException {
      onMap.run();
      mapped.incrementAndGet();
      return new View() {
        @Override
        public ByteBuffer bytes(long offset, int length) {
          try {
            onBytes.run();
          } catch (HeapException e) {
            throw new AssertionError(e);
          }
          if (length > memory.capacity()) {
            return large == null ? memory.duplicate() : large;
          }
          return memory
              .slice((int) (offset % memory.capacity()), length)
              .order(ByteOrder.nativeOrder());
        }

        private final AtomicBoolean gone = new AtomicBoolean();

        @Override
        public void retire() {
          if (!gone.compareAndSet(false, true)) {
            return;
          }
          ends.add("retire");
          retired.incrementAndGet();
          onRetire.run();
        }
      };
    }

    @Override
    public void beginCpuAccess(Access access) throws HeapException {
      onBegin.run();
      cpuAccess.add("begin " + access);
    }

    @Override
    public void endCpuAccess(Access access) throws HeapException {
      cpuAccess.add("end " + access);
      onEnd.run();
    }

    @Override
    public void attach(String device, Access access) {
      attached.incrementAndGet();
    }

    @Override
    public void detach(String device, Access access) {
      attached.decrementAndGet();
      ends.add("detach " + device);
      onDetach.run();
    }

    @Override
    public void abandon(String device, Access access) {
      attached.decrementAndGet();
      ends.add("abandon " + device);
      onDetach.run();
    }

    @Override
    public OptionalLong physicalAddress() {
      return physicalAddress;
    }

    @Override
    public OwnedFd exportFd() throws HeapException {
      onExport.run();
      fdsOpen.incrementAndGet();
      return new FakeFd(fdsOpen);
    }

    @Override
    public DmaBufOps platform() {
      return onPlatform ? new Platform(this) : this;
    }

    @Override
    public void release(View last) {
      ends.add("last view");
      onLastView.run();
      DmaBufOps.super.release(last);
    }

    @Override
    public void release() {
      if (reservationOutlivesRelease) {
        reservations.add(reservation);
      } else {
        close(reservation);
      }
      ends.add("release");
      releases.incrementAndGet();
      onRelease.run();
    }
  }

  /** What a vendor's buffer rests on. */
  private record Platform(FakeOps vendor) implements DmaBufOps {
    @Override
    public long size() {
      return vendor.size();
    }

    @Override
    public View map() throws HeapException {
      return vendor.map();
    }

    @Override
    public void release() {
      vendor.release();
    }
  }

  static final class FakeFd implements OwnedFd {
    private final AtomicInteger open;
    private boolean closed;

    FakeFd(AtomicInteger open) {
      this.open = open;
    }

    @Override
    public synchronized int fd() {
      if (closed) {
        throw new BufferClosedException("using a fake descriptor: it was closed");
      }
      return 1000;
    }

    @Override
    public synchronized boolean isOpen() {
      return !closed;
    }

    @Override
    public synchronized void close() {
      if (closed) {
        throw new AssertionError("a descriptor was closed twice");
      }
      closed = true;
      open.decrementAndGet();
    }
  }
}
