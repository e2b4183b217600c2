// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.dmabufheaps.BudgetInfo;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.Headroom;

/**
 * Admits fresh memory. The kernel's system heap gives until the machine has nothing left, and then
 * ends a process; so what is asked for is held against the budget and against what the system says
 * it has, before anything is called.
 */
final class Admission {
  private static final long LEAST_RESERVE_BYTES = 64L << 20;

  /** In so short a time others can't take more than a part of what is kept in reserve. */
  private static final long TRUSTED_NANOS = 10_000_000;

  /** So small a part of what was spare at the last look is given without another. */
  private static final long TRUSTED_PART = 8;

  private final Supplier<Headroom> headroom;
  private final Supplier<Settings> settings;
  private final Supplier<Shrinkers> shrinkers;
  private final LongSupplier nanoTime;
  private final Quota taken;

  /** Admitted, but not yet counted by the system's own figures. */
  private final AtomicLong unpopulatedBytes = new AtomicLong();

  /** All that was ever asked for. */
  private final AtomicLong wishedBytes = new AtomicLong();

  /** The machine's memory, as last seen. */
  private volatile long totalBytes = Long.MAX_VALUE;

  private volatile Outlook outlook = new Outlook(0, 0, 0, 0);

  /**
   * A look at the system: reading its figures takes longer than getting a small buffer.
   *
   * @param spareBytes what it had, the reserve left out
   * @param unpopulatedBytes what was being taken just before
   * @param wishedBytes all that had been asked for until then
   * @param nanos when that was
   */
  private record Outlook(long spareBytes, long unpopulatedBytes, long wishedBytes, long nanos) {

    /**
     * Whether the system has enough in any case: of what it had, all is taken off that was asked
     * for since, whether it was given or came back meanwhile.
     */
    boolean covers(long wished, long now) {
      long taken = unpopulatedBytes + (wished - wishedBytes);
      return taken <= spareBytes / TRUSTED_PART && now - nanos < TRUSTED_NANOS;
    }
  }

  Admission(
      Supplier<Headroom> headroom,
      Supplier<Settings> settings,
      Supplier<Shrinkers> shrinkers,
      LongSupplier nanoTime) {
    this.headroom = headroom;
    this.settings = settings;
    this.shrinkers = shrinkers;
    this.nanoTime = nanoTime;
    this.taken = new Quota("fresh memory's budget", this::budgetBytes, Errno.ENOMEM);
  }

  /** Looks at the machine's size again. */
  Headroom look() {
    Headroom now = headroom.get();
    totalBytes = now.totalBytes();
    return now;
  }

  /** The most that all heaps together may take. */
  long budgetBytes() {
    long configured = settings.get().totalMaxBytes();
    if (configured > 0) {
      return configured;
    }
    return totalBytes == Long.MAX_VALUE ? Long.MAX_VALUE : totalBytes / 5 * 4;
  }

  /** Admits, after idle memory was shrunk if need be. */
  Admitted reserve(Operation operation, long bytes) throws HeapException {
    if (bytes <= 0) {
      throw new IllegalArgumentException("reserving " + bytes + " bytes");
    }
    try {
      return admit(operation, bytes);
    } catch (HeapException e) {
      if (shrinkers.get().scan(bytes) == 0) {
        throw e;
      }
      return admit(operation, bytes);
    }
  }

  private Admitted admit(Operation operation, long bytes) throws HeapException {
    taken.charge(operation, bytes);
    Admitted admitted = new Admitted(this, bytes);
    boolean done = false;
    try {
      // In this order: a look that comes between the two counts the wish twice, not never.
      long unpopulated = unpopulatedBytes.addAndGet(bytes);
      if (!outlook.covers(wishedBytes.addAndGet(bytes), nanoTime.getAsLong())) {
        check(operation, bytes, unpopulated);
      }
      done = true;
      return admitted;
    } finally {
      if (!done) {
        admitted.close();
      }
    }
  }

  /** Looks after the wish was added: what others take meanwhile is in the one or the other. */
  private void check(Operation operation, long bytes, long unpopulated) throws HeapException {
    long nanos = nanoTime.getAsLong();
    long wishedBefore = wishedBytes.get();
    long unpopulatedBefore = unpopulatedBytes.get();
    Headroom now = look();
    long spareBytes = now.availableBytes() - reserveBytes();
    outlook = new Outlook(spareBytes, unpopulatedBefore, wishedBefore, nanos);
    if (spareBytes < unpopulated) {
      throw new HeapException(
          operation
              + ": the system has "
              + ByteCount.text(now.availableBytes())
              + " left, of which "
              + ByteCount.text(reserveBytes())
              + " are reserved and "
              + ByteCount.text(unpopulated - bytes)
              + " are being taken",
          Errno.ENOMEM);
    }
  }

  void populated(long bytes) {
    unpopulatedBytes.addAndGet(-bytes);
  }

  void returned(long bytes) {
    taken.discharge(bytes);
  }

  private long reserveBytes() {
    long configured = settings.get().reserveBytes();
    if (configured > 0) {
      return configured;
    }
    return totalBytes == Long.MAX_VALUE ? 0 : Math.max(LEAST_RESERVE_BYTES, totalBytes / 20);
  }

  BudgetInfo info() {
    BudgetInfo info = new BudgetInfo();
    info.availableBytes = look().availableBytes();
    info.budgetBytes = budgetBytes();
    info.takenBytes = taken.usedBytes();
    info.reserveBytes = reserveBytes();
    return info;
  }
}
