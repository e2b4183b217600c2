// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Placement;
import org.dmabufheaps.linux.Region;
import org.dmabufheaps.linux.RegionInfo;
import org.dmabufheaps.linux.RegionSource;
import org.dmabufheaps.spi.HeapStatus;

/**
 * What a buffer is made of: a part of one huge page.
 *
 * @param pages the huge pages that were chosen; empty when there are none
 * @param exports what a buffer exports
 * @param maxBytes the largest buffer
 * @param reason why it can't be used, or exports nothing; may be empty
 */
record Block(Optional<HugePages> pages, String exports, long maxBytes, String reason) {

  /** The fewest free huge pages of which one is taken for a moment: a client may want the last. */
  private static final long TO_SPARE = 2;

  /**
   * Looks at the machine.
   *
   * @param known what was found out with a huge page, {@code null} before; asked once, since a page
   *     that is tried is missing for that moment
   */
  static Block of(LinuxMemory linux, Settings settings, AtomicReference<Trial> known) {
    List<HugePages> all = linux.hugePages();
    Optional<HugePages> pages =
        all.stream()
            .filter(
                pool ->
                    settings.pageBytes() == 0
                        ? pool.isDefault()
                        : pool.pageBytes() == settings.pageBytes())
            .findFirst();
    if (pages.isEmpty()) {
      String size = settings.pageBytes() == 0 ? "" : " of " + settings.pageBytes() + " bytes";
      return unusable(
          "this kernel has no huge pages"
              + size
              + "; sizes: "
              + all.stream().map(HugePages::pageBytes).toList());
    }
    HugePages pool = pages.get();
    return pool.pages() == 0
        ? unusable("needs huge pages of " + pool.pageBytes() + " bytes, " + pool.shortage())
        : tried(linux, settings, pool, known);
  }

  private static Block unusable(String reason) {
    return new Block(Optional.empty(), "none", Long.MAX_VALUE, reason);
  }

  /** Takes one huge page for a moment, since not every kernel makes a udmabuf of it. */
  private static Block tried(
      LinuxMemory linux, Settings settings, HugePages pool, AtomicReference<Trial> known) {
    long cap = settings.maxBytes() == 0 ? Long.MAX_VALUE : settings.maxBytes();
    Trial trial = known.get();
    if (trial != null && trial.pageBytes() == pool.pageBytes()) {
      return of(trial, pool, cap);
    }
    if (pool.freePages() < TO_SPARE) {
      return notTried(linux, pool, cap, "not tried with a huge page, " + pool.shortage());
    }
    try (Region region = region(linux, pool)) {
      RegionInfo info = region.info();
      trial = new Trial(pool.pageBytes(), info.exports(), info.maxBytes(), info.reason());
      known.set(trial);
      return of(trial, pool, cap);
    } catch (HeapException e) {
      return Errno.ENOMEM.is(e)
          ? notTried(linux, pool, cap, e.getMessage())
          : unusable(e.getMessage());
    }
  }

  private static Block of(Trial trial, HugePages pool, long cap) {
    long max = Math.min(cap, trial.maxBytes());
    return new Block(Optional.of(pool), trial.exports(), max, trial.reason());
  }

  /** No page is there to try it with: udmabuf is believed to take one. */
  private static Block notTried(LinuxMemory linux, HugePages pool, long cap, String reason) {
    boolean udmabuf = linux.probe(LinuxMemory.UDMABUF).usable();
    long limit = udmabuf ? linux.udmabufMaxBytes() : Long.MAX_VALUE;
    long max = Math.min(cap, Math.min(limit, pool.pageBytes()));
    return new Block(Optional.of(pool), udmabuf ? "dma-buf" : "none", max, reason);
  }

  /** Takes a huge page. */
  static Region region(LinuxMemory linux, HugePages pool) throws HeapException {
    RegionSource source = new RegionSource.HugePages(pool.pageBytes(), pool.pageBytes(), false);
    return linux.region(source, Placement.firstFit(), null, report -> {});
  }

  /** Says it to core. */
  HeapStatus status(String problem) {
    String why = problem.isEmpty() || reason.isEmpty() ? problem + reason : problem + "; " + reason;
    if (pages.isEmpty()) {
      return HeapStatus.unusable(why);
    }
    return new HeapStatus(true, why, HeapStatus.usable().properties())
        .with(HeapAllocator.BACKING, "hugetlb")
        .with(HeapAllocator.EXPORTS, exports)
        .with(HeapAllocator.MAX_BYTES, maxBytes);
  }
}
