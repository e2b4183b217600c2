// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.List;
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
      populate(kernel, fd, size, what);
      Call.check(fd.call(n -> sys.fcntl(n, F_ADD_SEALS, seals)), "sealing a " + what);
      done = true;
      return fd;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  /**
   * Takes and clears the memory, by writing and not by {@code fallocate(2)}: that leaves clearing
   * to the first access, and a udmabuf, which anybody may make of an exported memfd, pins and shows
   * the pages as they are, with what their former owner wrote (seen on Linux 7.3).
   */
  private static void populate(Kernel kernel, Fd fd, long size, String what) throws HeapException {
    Syscalls sys = kernel.sys();
    long address = fd.call(n -> Mmap.shared(sys, n, size, true));
    Call.check(address, "mapping a " + what);
    long result = Mmap.populate(sys, address, size);
    kernel.retired().add(address, size, List.of(), true);
    if (Call.is(Errno.EINVAL, result)) {
      // A kernel before 5.14, whose udmabuf reads pages in the way that clears them.
      result = fd.call(n -> sys.fallocate(n, 0, 0, size));
    }
    Call.check(result, "populating a " + what);
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
