// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Reads where pages are ({@code Documentation/admin-guide/mm/pagemap.rst}). */
final class PageFrames {
  private static final Path PAGEMAP = Path.of("/proc/self/pagemap");
  private static final long PRESENT = 1L << 63;
  private static final long FRAME = (1L << 55) - 1;

  private PageFrames() {}

  /**
   * Reads the frame number of the first page of each block of a mapping.
   *
   * @throws HeapException {@code EPERM} when this process may not know
   */
  static long[] of(Kernel kernel, long address, int blocks, long blockBytes) throws HeapException {
    long[] frames = new long[blocks];
    ByteBuffer entry = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    try (FileChannel pagemap = FileChannel.open(PAGEMAP, StandardOpenOption.READ)) {
      for (int i = 0; i < blocks; i++) {
        long page = (address + i * blockBytes) / kernel.pageSize();
        pagemap.read(entry.clear(), page * Long.BYTES);
        frames[i] = (entry.getLong(0) & PRESENT) == 0 ? 0 : entry.getLong(0) & FRAME;
      }
    } catch (IOException e) {
      throw new HeapException("reading " + PAGEMAP, Errno.EPERM, e);
    }
    if (IntStream.range(0, blocks).anyMatch(i -> frames[i] == 0)) {
      throw new HeapException(
          "reading page frame numbers from " + PAGEMAP + ", which needs CAP_SYS_ADMIN",
          Errno.EPERM);
    }
    return frames;
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
