// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * Finds out whether this kernel lets pages of a mapped udmabuf be pinned ({@code vmsplice(2)},
 * {@code O_DIRECT}). Where it does, whoever had the mapping once may still read and write the
 * memory, and no count shows it. Kernels of the last years refuse with {@code EFAULT}.
 */
final class PinProbe {
  /** What was found; {@code null} before somebody asked. */
  private volatile Boolean refused;

  /** Tells whether pins are refused; where that can't be found out, they are taken as possible. */
  boolean refused(Kernel kernel) {
    Boolean known = refused;
    if (known == null) {
      known = probe(kernel);
      refused = known;
    }
    return known;
  }

  private static boolean probe(Kernel kernel) {
    long page = kernel.pageSize();
    try {
      Fd memfd = Memfd.create(kernel, page, "probe", Udmabuf.SEALS);
      try {
        return probe(kernel, Udmabuf.create(kernel, memfd, page));
      } finally {
        memfd.close();
      }
    } catch (HeapException e) {
      return false;
    }
  }

  private static boolean probe(Kernel kernel, Fd udmabuf) throws HeapException {
    try {
      return refused(kernel, udmabuf);
    } finally {
      udmabuf.close();
    }
  }

  /**
   * Tells whether this kernel refuses pins of pages of a descriptor's memory, which is the same for
   * all memory of its kind.
   */
  static boolean refused(Kernel kernel, Fd memory) throws HeapException {
    long page = kernel.pageSize();
    long address = memory.call(n -> Mmap.shared(kernel.sys(), n, page, true));
    Call.check(address, "mapping a page of a dma-buf");
    try {
      return splice(kernel, address, page) == -Errno.EFAULT.number();
    } finally {
      Mmap.giveBack(kernel, address, page);
    }
  }

  /** Pins a page into a pipe, which nobody reads. */
  private static long splice(Kernel kernel, long address, long page) throws HeapException {
    Syscalls sys = kernel.sys();
    int word = sys.wordBytes();
    ByteBuffer iovec = Call.struct(2 * word);
    if (word == Long.BYTES) {
      iovec.putLong(0, address).putLong(word, page);
    } else {
      iovec.putInt(0, (int) address).putInt(word, (int) page);
    }
    ByteBuffer ends = Call.struct(2 * Integer.BYTES);
    Call.check(sys.pipe2(ends, Abi.O_CLOEXEC), "making a pipe");
    Fd reads = Fd.of(kernel, ends.getInt(0), "a pipe");
    Fd writes = Fd.of(kernel, ends.getInt(Integer.BYTES), "a pipe");
    try {
      return writes.call(n -> sys.vmsplice(n, iovec, 1, 0));
    } finally {
      writes.close();
      reads.close();
    }
  }
}
