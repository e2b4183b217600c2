// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/**
 * How a mapping is replaced by anonymous memory: no reader ever finds a hole. The former memory is
 * let go.
 *
 * <p>{@link #replace} returns the address, or a negative error number: then the mapping is as it
 * was, most likely, but {@link Mmap#isThere} must tell before anything is done to it again.
 */
enum Replacement {
  /**
   * By one {@code mmap(MAP_FIXED)}, which since Linux 6.12 asks whether the memory may be had
   * before it unmaps anything ({@code __mmap_region} of {@code mm/vma.c}).
   */
  AT_ONCE {
    @Override
    long replace(Syscalls sys, Abi abi, long address, long size) {
      return Mmap.anonymous(sys, abi, address, size, Mmap.MAP_FIXED);
    }
  },

  /**
   * By memory that is taken elsewhere and then moved over the mapping in one step, so that what can
   * be refused is asked for first. An older kernel unmaps before it asks, and has left a hole when
   * it refused under {@code vm.overcommit_memory=2}.
   */
  BY_MOVE {
    @Override
    long replace(Syscalls sys, Abi abi, long address, long size) {
      long fresh = Mmap.anonymous(sys, abi, 0, size, 0);
      if (fresh < 0) {
        return fresh;
      }
      long moved = Mmap.moveTo(sys, fresh, size, address);
      if (moved < 0) {
        sys.munmap(fresh, size);
        return Mmap.fill(sys, abi, address, size) ? address : moved;
      }
      return moved;
    }
  };

  abstract long replace(Syscalls sys, Abi abi, long address, long size);

  /** Returns the right way for the running kernel. */
  static Replacement here() {
    return of(KernelRelease.here());
  }

  /** Returns the right way for a kernel. */
  static Replacement of(KernelRelease release) {
    return release.isSince(6, 12) ? AT_ONCE : BY_MOVE;
  }
}
