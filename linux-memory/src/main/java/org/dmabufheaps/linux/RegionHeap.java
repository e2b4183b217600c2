// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;
import org.dmabufheaps.spi.MemoryBudget;

/**
 * What heaps over a {@link Region} have in common: the region of the last good configuration, and
 * the answers that core asks for. A heap's component delegates to one of these; see {@code
 * vendor/heap-carveout}.
 *
 * <p>Thread-safe, but for {@link #configure} and {@link #close}, which Declarative Services calls
 * one at a time.
 */
public final class RegionHeap implements Heap, AutoCloseable {
  private final LinuxMemory linux;
  private final MemoryBudget budget;
  private final Consumer<String> report;
  private volatile Made made;
  private volatile String refused = "";
  private volatile Runnable statusChanged = () -> {};

  /** A configuration, and the region that was made of it. */
  private record Made(RegionSource source, Placement placement, Region region) {
    boolean is(RegionSource otherSource, Placement otherPlacement) {
      return source.equals(otherSource) && placement.equals(otherPlacement);
    }

    /** Whether no other region may have that memory before this one has gone. */
    boolean isInTheWayOf(RegionSource other) {
      return source instanceof RegionSource.Physical own
          && other instanceof RegionSource.Physical its
          && own.address() < its.address() + its.bytes()
          && its.address() < own.address() + own.bytes();
    }

    boolean contiguous() {
      boolean memory =
          source instanceof RegionSource.Physical
              || (source instanceof RegionSource.HugePages pages && pages.contiguous());
      return memory && !(placement instanceof Placement.Chunks);
    }
  }

  /**
   * Makes a heap without memory: {@link #configure} comes next.
   *
   * @param linux makes regions
   * @param budget admits their memory
   * @param report told of configurations that are refused, and of memory in quarantine; from any
   *     thread, without a lock held
   */
  public RegionHeap(LinuxMemory linux, MemoryBudget budget, Consumer<String> report) {
    this.linux = linux;
    this.budget = budget;
    this.report = report;
  }

  /**
   * Follows a configuration. The same memory as before stays as it is; another takes its place for
   * new buffers, and those that live keep theirs. If it can't be had, or the configuration is bad,
   * the last good one stays: reported, and told by {@link #status}. Never throws.
   *
   * <p>A physical range in place of one that it overlaps is taken after that was let go, which
   * needs that nobody has a buffer of it, nor is a part of it in quarantine; else it is refused.
   *
   * @param source reads where the memory comes from; what it throws is the reason of the refusal
   * @param placement reads how it is cut; the same
   */
  public void configure(Callable<RegionSource> source, Callable<Placement> placement) {
    try {
      RegionSource wantedSource = source.call();
      Placement wanted = placement.call();
      if (made == null || !made.is(wantedSource, wanted)) {
        follow(wantedSource, wanted);
      }
      refused = "";
    } catch (Exception e) {
      refused = "configuration refused: " + e.getMessage();
      report.accept(refused);
    }
    statusChanged.run();
  }

  private void follow(RegionSource source, Placement placement) throws HeapException {
    Made former = made;
    if (former == null || !former.isInTheWayOf(source)) {
      made = make(source, placement);
      close(former);
      return;
    }
    if (!former.region().closeIfIdle()) {
      throw new HeapException(
          "taking physical memory of which this heap has buffers, or a part in quarantine: close"
              + " them (heap:buffers) and configure it again, or restart the heap's bundle",
          Errno.EBUSY);
    }
    try {
      made = make(source, placement);
    } catch (HeapException | RuntimeException e) {
      goBackTo(former, e);
      throw e;
    }
  }

  private Made make(RegionSource source, Placement placement) throws HeapException {
    return new Made(source, placement, linux.region(source, placement, budget, report));
  }

  /** Nothing is left if the memory that was there a moment ago can't be had again. */
  private void goBackTo(Made former, Exception reason) {
    made = null;
    try {
      made = make(former.source(), former.placement());
    } catch (HeapException | RuntimeException e) {
      reason.addSuppressed(e);
    }
  }

  /** Ends allocation. Buffers that live keep their memory until they are released. */
  @Override
  public void close() {
    close(made);
  }

  private static void close(Made former) {
    if (former != null) {
      former.region().close();
    }
  }

  @Override
  public void watch(Runnable changed) {
    statusChanged = changed;
  }

  @Override
  public HeapStatus status() {
    Made now = made;
    if (now == null) {
      return HeapStatus.unusable(refused);
    }
    RegionInfo info = now.region().info();
    String reason =
        Stream.of(refused, info.reason())
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining("; "));
    return new HeapStatus(true, reason, Map.of())
        .with(HeapAllocator.BACKING, info.backing())
        .with(HeapAllocator.EXPORTS, info.exports())
        .with(HeapAllocator.CONTIGUOUS, now.contiguous())
        .with(HeapAllocator.MAX_BYTES, info.maxBytes());
  }

  @Override
  public HeapUsage usage() {
    Made now = made;
    return now == null
        ? HeapUsage.NONE
        : new HeapUsage(0, 0, now.region().info().quarantinedBytes());
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    Made now = made;
    if (now == null) {
      throw new HeapException("allocating from a heap without memory: " + refused, Errno.ENODEV);
    }
    return now.region().allocate(request);
  }
}
