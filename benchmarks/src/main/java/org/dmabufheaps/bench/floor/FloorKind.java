// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.floor;

/** What the C floor can do; the same numbers as in {@code floor.c}. */
public enum FloorKind {
  /** memfd_create, ftruncate, mmap, a byte to each page, munmap, close. */
  DIRECT(0, "C direct"),
  /** The same, all bytes written. */
  DIRECT_WRITE(1, "C direct, all written"),
  /** MAP_POPULATE instead of touching. */
  POPULATE(2, "C MAP_POPULATE"),
  /** MADV_POPULATE_WRITE instead of touching. */
  POPULATE_WRITE(3, "C MADV_POPULATE_WRITE"),
  /** MFD_HUGETLB, touched. */
  HUGETLB(4, "C hugetlb"),
  /** memset of the same memory each time. */
  MEMSET_HOT(5, "C memset, hot"),
  /** memset of other memory each time. */
  MEMSET_COLD(6, "C memset, cold"),
  /** Non-temporal stores to other memory each time. */
  STREAM_COLD(7, "C non-temporal, cold"),
  /** munmap and close of resident memory. */
  RELEASE(8, "C munmap+close"),
  /** A hole punched into resident, mapped memory. */
  PUNCH(9, "C punch hole"),
  /** getppid. */
  GETPPID(10, "C getppid"),
  /** fcntl F_GETFD. */
  FCNTL(11, "C fcntl"),
  /** An ioctl with a struct. */
  IOCTL(12, "C ioctl"),
  /** DMA_HEAP_IOCTL_ALLOC and close. */
  DMA_HEAP(13, "C dma-heap"),
  /** The same, mapped and touched. */
  DMA_HEAP_TOUCH(14, "C dma-heap, touched"),
  /** DMA_BUF_IOCTL_SYNC, begin and end. */
  SYNC(15, "C begin+end");

  private final int number;
  private final String title;

  FloorKind(int number, String title) {
    this.number = number;
    this.title = title;
  }

  int number() {
    return number;
  }

  /**
   * Returns the name in results.
   *
   * @return for people
   */
  public String title() {
    return title;
  }
}
