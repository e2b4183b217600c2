// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Makes sealed memfds ({@code memfd_create(2)}, {@code F_ADD_SEALS} of {@code fcntl(2)}). */
final class Memfd {
  static final int F_SEAL_SEAL = 1;
  static final int F_SEAL_SHRINK = 2;
  static final int F_SEAL_GROW = 4;
  static final int F_SEAL_WRITE = 8;
  static final int F_SEAL_FUTURE_WRITE = 0x10;

  static final int NO_SEALS = -1;

  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_NOEXEC_SEAL = 8;
  private static final int F_ADD_SEALS = 1033;
  private static final int F_GET_SEALS = 1034;
  private static final int MAX_LABEL_BYTES = 63;

  /**
   * So much is populated by one call. A call that a signal interrupts is undone and begins again: a
   * long one would never end under a profiler's timer.
   */
  private static final long POPULATE_BYTES = 16L << 20;

  private Memfd() {}

  /**
   * Makes a memfd whose size can't change and whose pages are there, all zero.
   *
   * @param seals the seals it gets besides {@code MFD_NOEXEC_SEAL}'s
   */
  static Fd create(Kernel kernel, long size, String label, int seals) throws HeapException {
    String what = "memfd of " + size + " bytes";
    Fd fd = open(kernel, Call.string("dmabuf-heaps:" + label, MAX_LABEL_BYTES), what);
    boolean done = false;
    try {
      Syscalls sys = kernel.sys();
      Call.check(fd.call(n -> sys.ftruncate(n, size)), "sizing a " + what);
      for (long offset = 0; offset < size; offset += POPULATE_BYTES) {
        long from = offset;
        long length = Math.min(size - offset, POPULATE_BYTES);
        Call.check(fd.call(n -> sys.fallocate(n, 0, from, length)), "populating a " + what);
      }
      Call.check(fd.call(n -> sys.fcntl(n, F_ADD_SEALS, seals)), "sealing a " + what);
      done = true;
      return fd;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  private static Fd open(Kernel kernel, ByteBuffer name, String what) throws HeapException {
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    Syscalls sys = kernel.sys();
    long fd = Call.retry(() -> sys.memfd_create(name, flags | MFD_NOEXEC_SEAL));
    if (Call.is(Errno.EINVAL, fd)) {
      // A kernel before 6.3 does not know the last flag.
      fd = Call.retry(() -> sys.memfd_create(name, flags));
    }
    return Fd.of(kernel, fd, "creating a " + what);
  }

  /** Returns the seals of a file, or {@link #NO_SEALS} when it can't have any. */
  static int seals(Syscalls sys, int fd) throws HeapException {
    long seals = Call.retry(() -> sys.fcntl(fd, F_GET_SEALS, 0));
    if (Call.is(Errno.EINVAL, seals)) {
      return NO_SEALS;
    }
    return (int) Call.check(seals, "asking for the seals of descriptor " + fd);
  }
}
