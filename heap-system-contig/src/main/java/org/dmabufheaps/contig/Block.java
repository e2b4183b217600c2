// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import java.util.List;
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

  /** Looks at the machine. */
  static Block of(LinuxMemory linux, Settings settings) {
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
        : tried(linux, settings, pool);
  }

  private static Block unusable(String reason) {
    return new Block(Optional.empty(), "none", Long.MAX_VALUE, reason);
  }

  /** Takes one huge page for a moment, since not every kernel makes a udmabuf of it. */
  private static Block tried(LinuxMemory linux, Settings settings, HugePages pool) {
    long cap = settings.maxBytes() == 0 ? Long.MAX_VALUE : settings.maxBytes();
    Optional<HugePages> pages = Optional.of(pool);
    try (Region trial = region(linux, pool)) {
      RegionInfo info = trial.info();
      return new Block(pages, info.exports(), Math.min(cap, info.maxBytes()), info.reason());
    } catch (HeapException e) {
      return Errno.ENOMEM.is(e)
          ? allTaken(linux, pool, cap, e.getMessage())
          : unusable(e.getMessage());
    }
  }

  /** No page is free to try it with: udmabuf is believed to take one. */
  private static Block allTaken(LinuxMemory linux, HugePages pool, long cap, String reason) {
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
