// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;
import java.util.function.Consumer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.Quarantine.Outcome;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;

/** A region: its memory, the books of what is taken, and what is in quarantine. */
final class SlicedRegion implements Region {
  /** A slice is reported when this many tries have failed: a first one may be bad luck. */
  private static final int TRIES_BEFORE_REPORT = 2;

  private final Kernel kernel;
  private final PinProbe pins;
  private final RegionMemory memory;
  private final Consumer<String> report;
  private final Quarantine quarantine;

  /** The lock of the fields below; never held across a system call. */
  private final Object lock = new Object();

  private final Space space;
  private long slices;
  private volatile boolean closed;

  SlicedRegion(
      Kernel kernel, PinProbe pins, RegionMemory memory, Space space, Consumer<String> report) {
    this.kernel = kernel;
    this.pins = pins;
    this.memory = memory;
    this.space = space;
    this.report = report;
    this.quarantine = new Quarantine(kernel, this::settle);
  }

  /**
   * Zeroes memory that nobody has cleared yet, and sets aside what a former instance could not get
   * back; loads all that the way back of a slice needs, since the bundle may be gone by then.
   */
  void start() throws HeapException {
    List<Range> kept = memory.quarantinedBefore();
    kept.forEach(space::claim);
    quarantine.count(RegionMemory.bytes(kept));
    memory.clearAllBut(kept);
    if (memory.traits().exports()) {
      SliceMemory trial = slice(List.of(new Range(0, kernel.pageSize())), "");
      try {
        trial.preload();
      } finally {
        trial.forsake();
      }
    }
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    kernel.tidy();
    long size = request.size();
    Space.checkPositive(size);
    String operation = "allocating " + size + " bytes from " + memory;
    if (size > maxBytes()) {
      throw new HeapException(operation + ", limit " + maxBytes(), Errno.EINVAL);
    }
    if (closed || !memory.enter()) {
      throw new HeapException(operation + ", which was closed", Errno.ENODEV);
    }
    List<Range> ranges = List.of();
    SliceMemory slice = null;
    try {
      ranges = take(size);
      if (ranges.isEmpty()) {
        quarantine.retry();
        ranges = take(size);
      }
      if (ranges.isEmpty()) {
        throw noRoom(operation);
      }
      slice = slice(ranges, request.label());
      return new Slice(kernel, slice, quarantine::take);
    } finally {
      if (slice == null) {
        give(ranges);
        memory.leave();
      }
    }
  }

  /** Returns nothing when there is no room. */
  private List<Range> take(long size) {
    synchronized (lock) {
      List<Range> ranges = space.take(size);
      slices += ranges.isEmpty() ? 0 : 1;
      return ranges;
    }
  }

  private HeapException noRoom(String operation) {
    long free;
    long largest;
    synchronized (lock) {
      free = space.freeBytes();
      largest = space.largestFree();
    }
    return new HeapException(
        operation
            + ": "
            + free
            + " bytes are free, in one piece "
            + largest
            + ", and "
            + quarantine.bytes()
            + " in quarantine",
        Errno.ENOMEM);
  }

  private void give(List<Range> ranges) {
    if (!ranges.isEmpty()) {
      synchronized (lock) {
        space.give(ranges);
        slices--;
      }
    }
  }

  private SliceMemory slice(List<Range> ranges, String label) throws HeapException {
    String what =
        RegionMemory.bytes(ranges) + " bytes at " + ranges.get(0).offset() + " of " + memory;
    LinuxBuffer dmaBuf = memory.traits().exports() ? memory.export(ranges, what) : null;
    if (dmaBuf != null) {
      dmaBuf.tryLabel(label);
    }
    return new SliceMemory(kernel, pins, memory, ranges, dmaBuf, what);
  }

  /** Gives a slice back to its region, if it is proved that nobody else holds it. */
  private Outcome settle(SliceMemory slice) {
    Proof proof = slice.prove();
    if (closed) {
      if (proof.verdict() != Proof.Verdict.FREE) {
        memory.quarantine(slice.ranges());
      }
      slice.forsake();
      memory.leave();
      return Outcome.DONE;
    }
    try {
      switch (proof.verdict()) {
        case FREE -> memory.clear(slice.ranges());
        case RENEW -> memory.renew(slice.ranges());
        default -> {
          return waits(slice, proof);
        }
      }
    } catch (HeapException e) {
      return waits(slice, Proof.held(e.getMessage()));
    }
    give(slice.ranges());
    memory.leave();
    return Outcome.DONE;
  }

  private Outcome waits(SliceMemory slice, Proof proof) {
    slice.attempts++;
    boolean never = proof.verdict() == Proof.Verdict.NEVER;
    if (never || slice.attempts == TRIES_BEFORE_REPORT) {
      tell(slice + " is in quarantine: " + proof.reason());
    }
    return never ? Outcome.NEVER : Outcome.AGAIN;
  }

  private void tell(String text) {
    try {
      report.accept(text);
    } catch (RuntimeException | LinkageError e) {
      // Whoever wanted to know has gone.
      return;
    }
  }

  private long maxBytes() {
    long limit = memory.traits().exports() ? Udmabuf.maxBytes() : Long.MAX_VALUE;
    return Math.min(space.bytes(), limit);
  }

  @Override
  public RegionInfo info() {
    kernel.tidy();
    long max = maxBytes();
    RegionTraits traits = memory.traits();
    synchronized (lock) {
      return new RegionInfo(
          space.bytes(),
          space.freeBytes(),
          Math.min(space.largestFree(), max),
          quarantine.bytes(),
          slices,
          max,
          traits.backing(),
          traits.exports() ? "dma-buf" : "none",
          traits.reason(),
          traits.physicalAddress());
    }
  }

  @Override
  public boolean closeIfIdle() {
    kernel.tidy();
    quarantine.retry();
    synchronized (lock) {
      if (closed || !memory.endIfAlone()) {
        return closed;
      }
      closed = true;
    }
    memory.giveBack();
    return true;
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    quarantine.retryAll();
    memory.leave();
  }

  @Override
  public String toString() {
    return memory.toString();
  }
}
