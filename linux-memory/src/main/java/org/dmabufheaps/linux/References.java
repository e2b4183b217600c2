// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * Counts who has a buffer. A dma-buf's references are in {@code fdinfo}. A memfd is asked for a
 * lease for writing ({@code F_SETLEASE} of {@code fcntl(2)}), which there is only while no other
 * open file of it reads or writes; it is given back at once. The file that {@code memfd_create(2)}
 * made is not counted by the kernel ({@code i_writecount}), nor are its duplicates.
 */
final class References {
  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_WRLCK = 1;
  private static final int F_UNLCK = 2;

  /** Told whoever has a lease that is in the way, and ignored; the usual one ends the process. */
  private static final int SIGURG = 23;

  private static final int OWNER_ONLY = 0600;
  private static final long ONE = 1;
  private static final long MORE = 2;

  /** Others have it; there are no leases here; it is another user's. */
  private static final List<Errno> NO_LEASE = List.of(Errno.EAGAIN, Errno.EINVAL, Errno.EACCES);

  private References() {}

  static long count(Kernel kernel, int number) throws HeapException {
    return isMemfd(kernel, number) ? openFiles(kernel, number) : dmaBuf(kernel, number);
  }

  private static boolean isMemfd(Kernel kernel, int number) throws HeapException {
    return Memfd.seals(kernel.sys(), number) != Memfd.NO_SEALS;
  }

  private static long dmaBuf(Kernel kernel, int number) throws HeapException {
    return FdInfo.of(kernel.sys(), number).count();
  }

  private static long openFiles(Kernel kernel, int number) throws HeapException {
    Syscalls sys = kernel.sys();
    String what = "asking who has memfd " + number;
    Call.check(Call.retry(() -> sys.fcntl(number, F_SETSIG, SIGURG)), what);
    long lease = Call.retry(() -> sys.fcntl(number, F_SETLEASE, F_WRLCK));
    if (NO_LEASE.stream().anyMatch(errno -> Call.is(errno, lease))) {
      return MORE;
    }
    Call.check(lease, what);
    Call.check(Call.retry(() -> sys.fcntl(number, F_SETLEASE, F_UNLCK)), what);
    return ONE;
  }

  /** Takes it back, if there are no more references than before it was lent. */
  static boolean reclaim(Kernel kernel, int number, long references) throws HeapException {
    if (!isMemfd(kernel, number)) {
      return dmaBuf(kernel, number) <= references;
    }
    if (references > ONE) {
      return true;
    }
    // First: who comes by an O_PATH descriptor before this is seen, and nobody comes after it.
    Call.check(
        Call.retry(() -> kernel.sys().fchmod(number, OWNER_ONLY)),
        "taking memfd " + number + " back");
    boolean free = openFiles(kernel, number) == ONE;
    if (free) {
      empty(kernel, number);
    }
    return free;
  }

  private static void empty(Kernel kernel, int number) throws HeapException {
    FileFacts facts = FileFacts.of(kernel.sys(), number);
    if (Importer.isOfOrdinaryPages(kernel, number, facts)) {
      Memfd.punch(kernel, number, new Range(0, facts.size()), "memfd");
    }
  }
}
