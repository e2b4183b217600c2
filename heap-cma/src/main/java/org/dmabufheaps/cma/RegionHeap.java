// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.Map;
import java.util.Optional;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Placement;
import org.dmabufheaps.linux.Region;
import org.dmabufheaps.linux.RegionInfo;
import org.dmabufheaps.linux.RegionSource;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;
import org.osgi.service.log.Logger;

/**
 * The heap where the kernel has no CMA: a region of huge pages that are one physical range, in
 * which buffers are placed as CMA does.
 */
final class RegionHeap implements Heap {
  private static final long CHOSEN_BYTES = 64L << 20;

  private final LinuxMemory linux;
  private final Logger log;
  private volatile Region region;
  private volatile String reason = "";
  private volatile String refused = "";
  private volatile Runnable statusChanged = () -> {};

  RegionHeap(LinuxMemory linux, Logger log) {
    this.linux = linux;
    this.log = log;
  }

  /** Takes the memory, if it has none yet. One thread at a time. */
  void open(Settings settings) {
    if (region != null) {
      return;
    }
    try {
      region = take(settings);
      reason = "";
    } catch (HeapException e) {
      reason = "the kernel offers no CMA; " + e.getMessage();
    }
  }

  boolean isOpen() {
    return region != null;
  }

  /** Has the memory go; live buffers keep theirs. One thread at a time. */
  void close() {
    Region former = region;
    region = null;
    if (former != null) {
      former.close();
    }
  }

  private Region take(Settings settings) throws HeapException {
    HugePages pool = pool(settings.pageBytes());
    long half = pool.freePages() / 2 * pool.pageBytes();
    long bytes = settings.regionBytes() > 0 ? settings.regionBytes() : Math.min(half, CHOSEN_BYTES);
    if (bytes < pool.pageBytes()) {
      throw new HeapException(
          "a region needs huge pages of " + pool.pageBytes() + " bytes, " + pool.shortage(),
          Errno.ENOMEM);
    }
    return linux.region(
        new RegionSource.HugePages(bytes, pool.pageBytes(), true),
        Placement.cma(),
        null,
        text -> log.warn("heap {}: {}", Area.DEFAULT, text));
  }

  private HugePages pool(long pageBytes) throws HeapException {
    Optional<HugePages> pool =
        linux.hugePages().stream()
            .filter(pages -> pageBytes == 0 ? pages.isDefault() : pages.pageBytes() == pageBytes)
            .findFirst();
    return pool.orElseThrow(
        () ->
            new HeapException(
                "a region needs huge pages"
                    + (pageBytes == 0 ? "" : " of " + pageBytes + " bytes")
                    + ", which this kernel does not have",
                Errno.ENOTSUP));
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    Region now = region;
    if (now == null) {
      throw new HeapException("allocating from heap " + Area.DEFAULT + ": " + reason, Errno.ENODEV);
    }
    return now.allocate(request);
  }

  @Override
  public HeapStatus status() {
    Region now = region;
    if (now == null) {
      return HeapStatus.unusable(and(refused, reason));
    }
    RegionInfo info = now.info();
    String why = and(refused, and("the kernel offers no CMA", info.reason()));
    return new HeapStatus(true, why, Map.of())
        .with(HeapAllocator.BACKING, info.backing())
        .with(HeapAllocator.EXPORTS, info.exports())
        .with(HeapAllocator.MAX_BYTES, info.maxBytes())
        .with(HeapAllocator.REGION_BYTES, info.sizeBytes());
  }

  private static String and(String one, String other) {
    return one.isEmpty() || other.isEmpty() ? one + other : one + "; " + other;
  }

  @Override
  public HeapUsage usage() {
    Region now = region;
    if (now == null) {
      return HeapUsage.NONE;
    }
    RegionInfo info = now.info();
    return new HeapUsage(
        0,
        0,
        info.quarantinedBytes(),
        Map.of(
            "region bytes", info.sizeBytes(),
            "free bytes", info.freeBytes(),
            "largest free bytes", info.largestFreeBytes()));
  }

  @Override
  public void watch(Runnable changed) {
    statusChanged = changed;
  }

  /**
   * Something may have changed.
   *
   * @param problem with the configuration; empty when there is none
   */
  void changed(String problem) {
    refused = problem;
    statusChanged.run();
  }
}
