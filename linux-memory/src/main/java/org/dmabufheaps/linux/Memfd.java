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
  private static final int MFD_HUGETLB = 4;
  private static final int MFD_HUGE_SHIFT = 26;
  private static final int MFD_NOEXEC_SEAL = 8;
  private static final int FALLOC_FL_KEEP_SIZE = 1;
  private static final int FALLOC_FL_PUNCH_HOLE = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int F_GET_SEALS = 1034;
  private static final int MAX_LABEL_BYTES = 63;

  /** The name that was used last: most come from one bundle. */
  private static volatile Name lastName = new Name("", Call.string("dmabuf-heaps:"));

  private Memfd() {}

  /**
   * A memfd, and the mapping by which its pages were taken.
   *
   * @param mapping nobody has seen it
   */
  record Mapped(Fd fd, Mapping mapping) {}

  /** A label as a file's name; the kernel only reads it. */
  private record Name(String label, ByteBuffer bytes) {}

  /**
   * Makes a memfd whose size can't change and whose pages are there, all zero.
   *
   * @param seals the seals it gets besides {@code MFD_NOEXEC_SEAL}'s
   */
  static Fd create(Kernel kernel, long size, String label, int seals) throws HeapException {
    return create(kernel, size, label, seals, 0);
  }

  /**
   * Makes one of huge pages.
   *
   * @param hugeBytes their size, of which {@code size} is a multiple; 0 for ordinary pages
   */
  static Fd create(Kernel kernel, long size, String label, int seals, long hugeBytes)
      throws HeapException {
    Mapped made = populated(kernel, size, label, hugeBytes);
    // First: some seals are refused while it is mapped for writing.
    made.mapping().retire();
    return sealed(kernel, made, seals).fd();
  }

  /** Makes one of ordinary pages and leaves it mapped: whoever uses it meets no fault. */
  static Mapped map(Kernel kernel, long size, String label, int seals) throws HeapException {
    return sealed(kernel, populated(kernel, size, label, 0), seals);
  }

  private static Mapped populated(Kernel kernel, long size, String label, long hugeBytes)
      throws HeapException {
    String pages = hugeBytes == 0 ? "" : " in huge pages of " + hugeBytes;
    String what = "memfd of " + size + " bytes" + pages;
    int huge = hugeBytes == 0 ? 0 : MFD_HUGETLB | log2(hugeBytes) << MFD_HUGE_SHIFT;
    Fd fd = open(kernel, huge, name(label), what);
    boolean done = false;
    try {
      Call.check(fd.call(n -> kernel.sys().ftruncate(n, size)), "sizing a " + what);
      Mapped made = new Mapped(fd, Mapping.populated(kernel, fd, size, what));
      done = true;
      return made;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  private static Mapped sealed(Kernel kernel, Mapped made, int seals) throws HeapException {
    boolean done = false;
    try {
      long result = made.fd().call(n -> kernel.sys().fcntl(n, F_ADD_SEALS, seals));
      Call.check(result, "sealing a memfd");
      done = true;
      return made;
    } finally {
      if (!done) {
        made.mapping().retire();
        made.fd().close();
      }
    }
  }

  private static ByteBuffer name(String label) {
    Name name = lastName;
    if (!name.label().equals(label)) {
      name = new Name(label, Call.string("dmabuf-heaps:" + label, MAX_LABEL_BYTES));
      lastName = name;
    }
    return name.bytes();
  }

  /**
   * Takes and clears the memory of ranges that are mapped one after the other, by writing and not
   * by {@code fallocate(2)}: that leaves clearing to the first access, and a udmabuf, which anybody
   * may make of an exported memfd, pins and shows the pages as they are, with what their former
   * owner wrote (seen on Linux 7.3).
   *
   * @param address where the first is mapped
   */
  static void populate(Kernel kernel, Fd fd, long address, List<Range> ranges, String what)
      throws HeapException {
    Syscalls sys = kernel.sys();
    long size = ranges.stream().mapToLong(Range::length).sum();
    long result = Mmap.populate(sys, address, size);
    if (Call.is(Errno.EINVAL, result) && !KernelRelease.here().isSince(5, 14)) {
      // A kernel without it, whose udmabuf reads pages in the way that clears them.
      for (Range range : ranges) {
        result = fd.call(n -> sys.fallocate(n, 0, range.offset(), range.length()));
        Call.check(result, "populating a " + what);
      }
    }
    Call.check(result, "populating a " + what);
  }

  /** Gives the pages of a range back ({@code FALLOC_FL_PUNCH_HOLE}). */
  static void punch(Kernel kernel, Fd fd, Range range, String what) throws HeapException {
    fd.with(
        number -> {
          punch(kernel, number, range, what);
          return null;
        });
  }

  static void punch(Kernel kernel, int number, Range range, String what) throws HeapException {
    int mode = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE;
    Call.check(
        Call.retry(() -> kernel.sys().fallocate(number, mode, range.offset(), range.length())),
        "giving back a part of a " + what);
  }

  private static int log2(long power) {
    return Long.numberOfTrailingZeros(power);
  }

  private static Fd open(Kernel kernel, int huge, ByteBuffer name, String what)
      throws HeapException {
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | huge;
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
