// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/** Maps memory: {@code mmap(2)}, {@code include/uapi/asm-generic/mman-common.h}. */
final class Mmap {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MADV_POPULATE_WRITE = 23;

  /** So much is populated by one call, which a signal may interrupt and which begins again then. */
  private static final long POPULATE_BYTES = 16L << 20;

  private Mmap() {}

  /** Maps a descriptor's memory from its start; never executable. */
  static long shared(Syscalls sys, int fd, long size, boolean writable) {
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    return sys.mmap(0, size, protection, MAP_SHARED, fd, 0);
  }

  /**
   * Replaces a mapping by anonymous memory, in one step: no reader ever finds a hole. The former
   * memory is let go.
   */
  static long replace(Syscalls sys, Abi abi, long address, long size) {
    int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | abi.noReserve();
    return sys.mmap(address, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  }

  /**
   * Makes all pages of a mapping be there, cleared ({@code MADV_POPULATE_WRITE}, since 5.14).
   *
   * @return 0, or a negative error number
   */
  static long populate(Syscalls sys, long address, long size) {
    for (long offset = 0; offset < size; offset += POPULATE_BYTES) {
      long from = address + offset;
      long length = Math.min(size - offset, POPULATE_BYTES);
      long result = Call.retry(() -> sys.madvise(from, length, MADV_POPULATE_WRITE));
      if (result < 0) {
        return result;
      }
    }
    return 0;
  }
}
