// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxBuffer.Origin;
import org.dmabufheaps.spi.MemoryBudget;

/**
 * Finds out what a descriptor is, and takes it when its memory can't vanish under a reader.
 *
 * <p>A dma-buf has a fixed size. A memfd can be truncated by whoever holds it, unless it has {@code
 * F_SEAL_SHRINK}; every reader of a truncated one gets a signal that ends the process. The same
 * comes of a hole punched into huge pages, so a memfd of those is not taken.
 */
final class Importer {
  // f_type of struct statfs: include/uapi/linux/magic.h
  private static final int DMA_BUF_MAGIC = 0x444d4142;
  private static final int TMPFS_MAGIC = 0x01021994;

  private static final int F_GETFD = 1;
  private static final int F_GETFL = 3;
  private static final int FD_CLOEXEC = 1;
  private static final int SEEK_END = 2;
  private static final int STATFS_BYTES = 256;

  private Importer() {}

  /** Duplicates a descriptor and makes a buffer of it; the pages that it lacks are admitted. */
  static LinuxBuffer take(Kernel kernel, int number, MemoryBudget budget) throws HeapException {
    LinuxBuffer buffer = take(kernel, number);
    boolean admitted = false;
    try {
      long missing = buffer.missingBytes();
      if (missing > 0) {
        buffer.takenBy(budget.reserve("the pages that descriptor " + number + " lacks", missing));
      }
      admitted = true;
      return buffer;
    } finally {
      if (!admitted) {
        buffer.release();
      }
    }
  }

  /** Duplicates a descriptor and makes a buffer of it. */
  static LinuxBuffer take(Kernel kernel, int number) throws HeapException {
    if (number < 0) {
      throw new IllegalArgumentException("descriptor " + number);
    }
    kernel.tidy();
    refuseOwn(number);
    Fd fd = Fd.duplicate(kernel, number, "descriptor " + number + " for import");
    boolean done = false;
    try {
      // Once more: the number may have become one of ours just before it was duplicated.
      refuseOwn(number);
      LinuxBuffer buffer = identify(kernel, fd, number);
      done = true;
      return buffer;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  private static void refuseOwn(int number) throws HeapException {
    if (Fd.isOwn(number)) {
      throw new HeapException(
          "importing descriptor "
              + number
              + ", which is this runtime's own and was exported to nobody; export the buffer",
          Errno.EPERM);
    }
  }

  private static LinuxBuffer identify(Kernel kernel, Fd fd, int number) throws HeapException {
    Syscalls sys = kernel.sys();
    String what = "importing descriptor " + number;
    int flags = (int) Call.check(fd.call(n -> sys.fcntl(n, F_GETFL, 0)), what);
    if ((flags & Abi.O_PATH) != 0) {
      throw new HeapException(what + ", which was opened with O_PATH", Errno.EINVAL);
    }
    boolean writable = (flags & Abi.O_ACCMODE) == Abi.O_RDWR;
    if (!writable && (flags & Abi.O_ACCMODE) != Abi.O_RDONLY) {
      throw new HeapException(what + ", which was not opened for reading", Errno.EACCES);
    }
    // Seals first: a peer that shrinks the file and then seals it must not get an old size
    // believed.
    int seals = fd.with(n -> Memfd.seals(sys, n));
    FileFacts facts = fd.with(n -> FileFacts.of(sys, n));
    long type = fd.with(n -> type(kernel, n, facts, seals));
    if (type == DMA_BUF_MAGIC) {
      long size = fd.with(n -> dmaBufSize(sys, n));
      return new LinuxBuffer(
          kernel, fd, Origin.IMPORTED_DMA_BUF, size, writable, "imported dma-buf");
    }
    refuseUnlessSafe(what, type, facts, seals);
    boolean sealed = (seals & (Memfd.F_SEAL_WRITE | Memfd.F_SEAL_FUTURE_WRITE)) != 0;
    return new LinuxBuffer(
        kernel, fd, Origin.IMPORTED_MEMFD, facts.size(), writable && !sealed, "imported memfd");
  }

  private static void refuseUnlessSafe(String what, long type, FileFacts facts, int seals)
      throws HeapException {
    String refusal = "";
    if (seals == Memfd.NO_SEALS || !facts.isRegular()) {
      refusal = ", which is " + facts.type() + ", neither a dma-buf nor a memfd";
    } else if ((seals & Memfd.F_SEAL_SHRINK) == 0) {
      // Any file on tmpfs answers F_GET_SEALS; only a memfd can carry this seal.
      refusal = ", which is a file in memory without F_SEAL_SHRINK: it could be truncated";
    } else if (type != TMPFS_MAGIC) {
      refusal = ", which is a memfd of huge pages: a hole could be punched into it";
    } else if (facts.size() == 0) {
      refusal = ", which is an empty memfd";
    }
    if (!refusal.isEmpty()) {
      throw new HeapException(what + refusal, Errno.EINVAL);
    }
  }

  /** Tells whether a memfd is of ordinary pages, whose holes cost nobody a signal. */
  static boolean isOfOrdinaryPages(Kernel kernel, int fd, FileFacts facts) throws HeapException {
    return type(kernel, fd, facts, 0) == TMPFS_MAGIC;
  }

  /** Asks only what the kernel itself answers: the program behind a file system may never do. */
  private static long type(Kernel kernel, int fd, FileFacts facts, int seals) throws HeapException {
    if (seals == Memfd.NO_SEALS && !facts.isAnonymous()) {
      return 0;
    }
    ByteBuffer statfs = Call.struct(STATFS_BYTES);
    Call.check(
        Call.retry(() -> kernel.sys().fstatfs(fd, statfs)),
        "asking for the file system of descriptor " + fd);
    return kernel.abi().statfsTypeBytes() == Long.BYTES
        ? statfs.getLong(0)
        : Integer.toUnsignedLong(statfs.getInt(0));
  }

  /** Asks the size of a dma-buf; has no effect on its offset. */
  static long dmaBufSize(Syscalls sys, int fd) throws HeapException {
    return Call.check(
        Call.retry(() -> sys.lseek(fd, 0, SEEK_END)), "asking for the size of descriptor " + fd);
  }

  /** Finds out what a descriptor is. */
  static DescriptorInfo describe(Kernel kernel, int fd) throws HeapException {
    Syscalls sys = kernel.sys();
    String what = "looking at descriptor " + fd;
    long flags = Call.check(Call.retry(() -> sys.fcntl(fd, F_GETFD, 0)), what);
    boolean closeOnExec = (flags & FD_CLOEXEC) != 0;
    long status = Call.check(Call.retry(() -> sys.fcntl(fd, F_GETFL, 0)), what);
    boolean writable =
        (status & Abi.O_ACCMODE) == Abi.O_RDWR || (status & Abi.O_ACCMODE) == Abi.O_WRONLY;
    FileFacts facts = FileFacts.of(sys, fd);
    int seals = Memfd.seals(sys, fd);
    if (type(kernel, fd, facts, seals) == DMA_BUF_MAGIC) {
      FdInfo info = FdInfo.of(sys, fd);
      return new DescriptorInfo(
          DescriptorInfo.Kind.DMA_BUF,
          dmaBufSize(sys, fd),
          facts.inode(),
          0,
          closeOnExec,
          writable,
          info.exporter(),
          info.name(),
          info.count());
    }
    var kind = seals == Memfd.NO_SEALS ? DescriptorInfo.Kind.OTHER : DescriptorInfo.Kind.MEMFD;
    return new DescriptorInfo(
        kind, facts.size(), facts.inode(), Math.max(seals, 0), closeOnExec, writable, "", "", 0);
  }
}
