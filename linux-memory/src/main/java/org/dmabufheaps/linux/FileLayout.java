// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the bytes of a region are in its file.
 *
 * @param bytes of the region
 * @param blockBytes what a mapping's place in the file is a multiple of: a page, or a huge page
 * @param from the place of the first byte, where all follows on it
 * @param blocks the place of each block in the region's order, where they are not in the file's;
 *     else empty
 */
record FileLayout(long bytes, long blockBytes, long from, List<Long> blocks) {

  /** Everything in the file's order. */
  static FileLayout straight(long from, long bytes, long blockBytes) {
    return new FileLayout(bytes, blockBytes, from, List.of());
  }

  /** Returns the ranges of the file that a range of the region is made of, in its order. */
  private List<Range> pieces(Range range) {
    if (blocks.isEmpty()) {
      return List.of(new Range(from + range.offset(), range.length()));
    }
    List<Range> pieces = new ArrayList<>();
    long end = range.offset() + range.length();
    for (long at = range.offset(); at < end; at = (at / blockBytes + 1) * blockBytes) {
      long length = Math.min(blockBytes - at % blockBytes, end - at);
      append(pieces, new Range(blocks.get((int) (at / blockBytes)) + at % blockBytes, length));
    }
    return pieces;
  }

  List<Range> pieces(List<Range> ranges) {
    List<Range> pieces = new ArrayList<>();
    ranges.forEach(range -> pieces(range).forEach(piece -> append(pieces, piece)));
    return pieces;
  }

  /** What follows the last piece makes it longer. */
  private static void append(List<Range> pieces, Range piece) {
    int last = pieces.size() - 1;
    if (last >= 0 && pieces.get(last).offset() + pieces.get(last).length() == piece.offset()) {
      Range longer =
          new Range(pieces.get(last).offset(), pieces.get(last).length() + piece.length());
      pieces.set(last, longer);
    } else {
      pieces.add(piece);
    }
  }

  /** Returns the whole blocks that a range is in. */
  Range aligned(Range range) {
    long from = range.offset() - range.offset() % blockBytes;
    return new Range(from, Space.roundUp(range.offset() + range.length() - from, blockBytes));
  }
}
