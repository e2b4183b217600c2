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
   * @param source reads where the memory comes from; what it throws is the reason of the refusal
   * @param placement reads how it is cut; the same
   */
  public void configure(Callable<RegionSource> source, Callable<Placement> placement) {
    try {
      RegionSource wantedSource = source.call();
      Placement wanted = placement.call();
      if (made == null || !made.is(wantedSource, wanted)) {
        Made former = made;
        made = new Made(wantedSource, wanted, linux.region(wantedSource, wanted, budget, report));
        close(former);
      }
      refused = "";
    } catch (Exception e) {
      refused = "configuration refused: " + e.getMessage();
      report.accept(refused);
    }
    statusChanged.run();
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
