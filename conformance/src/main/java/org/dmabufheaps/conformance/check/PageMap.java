// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Reads page numbers ({@code Documentation/admin-guide/mm/pagemap.rst}). */
final class PageMap {
  private static final long FRAME = (1L << 55) - 1;
  private static final long PRESENT = 1L << 63;

  private PageMap() {}

  /** Returns a page number for each page, or nothing when one of them isn't told. */
  static long[] frames(Path pagemap, Mapping mapping, long pageSize) throws IOException {
    long[] frames = new long[Math.toIntExact((mapping.end() - mapping.start()) / pageSize)];
    ByteBuffer entries = ByteBuffer.allocate(frames.length * 8).order(ByteOrder.nativeOrder());
    try (RandomAccessFile file = new RandomAccessFile(pagemap.toFile(), "r")) {
      file.seek(mapping.start() / pageSize * 8);
      file.readFully(entries.array());
    }
    for (int i = 0; i < frames.length; i++) {
      long entry = entries.getLong();
      frames[i] = entry & FRAME;
      if ((entry & PRESENT) == 0 || frames[i] == 0) {
        return new long[0];
      }
    }
    return frames;
  }
}
