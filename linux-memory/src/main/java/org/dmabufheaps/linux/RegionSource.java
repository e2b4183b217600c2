// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;

/** Where a region's memory comes from. */
public sealed interface RegionSource {

  /**
   * Returns the size.
   *
   * @return in bytes, positive
   */
  long bytes();

  /**
   * Ordinary pages, admitted by the budget, in a sealed memfd.
   *
   * @param bytes the size, positive; rounded up to pages
   */
  record Memfd(long bytes) implements RegionSource {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException when the size is not positive
     */
    public Memfd {
      positive(bytes);
    }
  }

  /**
   * Huge pages that were set aside ({@code vm.nr_hugepages}), in a sealed memfd. They have left the
   * system's available memory already, so the budget is not asked.
   *
   * @param bytes the size, positive; rounded up to huge pages
   * @param pageBytes the size of a huge page; 0 for the system's default
   * @param contiguous whether only memory is taken that is one physical range, verified by page
   *     frame numbers; the region is as large as the longest range that was found, and may be
   *     smaller than {@code bytes}
   */
  record HugePages(long bytes, long pageBytes, boolean contiguous) implements RegionSource {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException when a size is not positive, or no size of a huge page
     */
    public HugePages {
      positive(bytes);
      if (pageBytes < 0 || Long.bitCount(pageBytes) > 1) {
        throw new IllegalArgumentException("huge pages of " + pageBytes + " bytes");
      }
    }
  }

  /**
   * Physical memory that the kernel does not use, by its address: through {@code /dev/mem}, a UIO
   * device or a u-dma-buf device.
   *
   * @param device the node
   * @param address physical, a multiple of the page size
   * @param bytes the size, positive, a multiple of the page size
   */
  record Physical(Path device, long address, long bytes) implements RegionSource {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException when the range is none
     */
    public Physical {
      positive(bytes);
      if (address < 0 || address > Long.MAX_VALUE - bytes) {
        throw new IllegalArgumentException(
            bytes + " bytes at 0x" + Long.toHexString(address) + " are no range of memory");
      }
    }
  }

  private static void positive(long bytes) {
    if (bytes <= 0 || bytes > 1L << 62) {
      throw new IllegalArgumentException("a region of " + bytes + " bytes");
    }
  }

  /**
   * Takes ordinary pages.
   *
   * @param bytes the size, positive; rounded up to pages
   * @return the source
   * @throws IllegalArgumentException when the size is not positive
   */
  static RegionSource memfd(long bytes) {
    return new Memfd(bytes);
  }

  /**
   * Takes huge pages of the system's default size.
   *
   * @param bytes the size, positive; rounded up to huge pages
   * @return the source
   * @throws IllegalArgumentException when the size is not positive
   */
  static RegionSource hugePages(long bytes) {
    return new HugePages(bytes, 0, false);
  }

  /**
   * Takes physical memory by its address.
   *
   * @param device {@code /dev/mem}, {@code /dev/uioN}, or a u-dma-buf device such as {@code
   *     /dev/udmabuf0}
   * @param address physical, a multiple of the page size
   * @param bytes the size, positive, a multiple of the page size
   * @return the source
   * @throws IllegalArgumentException when the range is none
   */
  static RegionSource physical(Path device, long address, long bytes) {
    return new Physical(device, address, bytes);
  }
}
