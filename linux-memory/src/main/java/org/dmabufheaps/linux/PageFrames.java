// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Reads where pages are ({@code Documentation/admin-guide/mm/pagemap.rst}). */
final class PageFrames {
  private static final String PAGEMAP = "/proc/self/pagemap";
  private static final int SEEK_SET = 0;
  private static final long PRESENT = 1L << 63;
  private static final long FRAME = (1L << 55) - 1;

  private PageFrames() {}

  /**
   * Reads the frame number of the first page of each block of a mapping.
   *
   * @throws HeapException {@code EPERM} when this process may not know; whatever keeps a file from
   *     being opened or read
   */
  static long[] of(Kernel kernel, long address, int blocks, long blockBytes) throws HeapException {
    int flags = Abi.O_RDONLY | Abi.O_CLOEXEC;
    ByteBuffer path = Call.string(PAGEMAP);
    long opened = Call.retry(() -> kernel.sys().open(path, flags));
    Fd pagemap = Fd.of(kernel, opened, "opening " + PAGEMAP);
    long[] frames = new long[blocks];
    try {
      for (int i = 0; i < blocks; i++) {
        frames[i] = frame(kernel, pagemap, (address + i * blockBytes) / kernel.pageSize());
      }
    } finally {
      pagemap.close();
    }
    if (IntStream.range(0, blocks).anyMatch(i -> frames[i] == 0)) {
      throw new HeapException(
          "reading page frame numbers from " + PAGEMAP + ", which needs CAP_SYS_ADMIN",
          Errno.EPERM);
    }
    return frames;
  }

  /** Returns 0 for a page that is not there, and when this process may not know. */
  private static long frame(Kernel kernel, Fd pagemap, long page) throws HeapException {
    ByteBuffer entry = Call.struct(Long.BYTES);
    long at = page * Long.BYTES;
    String what = "reading " + PAGEMAP + " of page " + page;
    Call.check(pagemap.call(number -> kernel.sys().lseek(number, at, SEEK_SET)), what);
    long bytes = pagemap.call(number -> kernel.sys().read(number, entry, Long.BYTES));
    Call.check(bytes, what);
    boolean there = bytes == Long.BYTES && (entry.getLong(0) & PRESENT) != 0;
    return there ? entry.getLong(0) & FRAME : 0;
  }

  /**
   * Finds the blocks that make the longest physical range.
   *
   * @param frames of each block
   * @param step how far the frames of neighbours are apart
   * @return their indices, in the order of the frames
   */
  static List<Integer> longestRun(long[] frames, long step) {
    List<Integer> sorted =
        IntStream.range(0, frames.length)
            .boxed()
            .sorted(Comparator.comparingLong(i -> frames[i]))
            .toList();
    List<Integer> longest = List.of();
    List<Integer> run = new ArrayList<>();
    for (int block : sorted) {
      if (!run.isEmpty() && frames[run.get(run.size() - 1)] + step != frames[block]) {
        run = new ArrayList<>();
      }
      run.add(block);
      longest = run.size() > longest.size() ? run : longest;
    }
    return longest;
  }
}
