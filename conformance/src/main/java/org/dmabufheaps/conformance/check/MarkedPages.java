// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.LongStream;

/**
 * Finds pages of memfds by what they begin with, and reads where they are in memory: {@code
 * proc_pid_map_files(5)} and {@code Documentation/admin-guide/mm/pagemap.rst}. For one thread.
 */
final class MarkedPages {
  private static final long FRAME = (1L << 55) - 1;
  private static final long PRESENT = 1L << 63;

  private final Path self;
  private final long pageSize;
  private final long mark;
  private final long[] frames;

  /** How many have not been found yet. */
  private int wanted;

  MarkedPages(Path self, long pageSize, long mark, int pages) {
    this.self = self;
    this.pageSize = pageSize;
    this.mark = mark;
    this.frames = new long[pages];
    this.wanted = pages;
  }

  /** Returns a page number for each page, or nothing when one of them isn't told. */
  long[] frames() {
    return LongStream.of(frames).anyMatch(frame -> frame == 0) ? new long[0] : frames;
  }

  /** Looks at each page of a mapping, as long as one is wanted. */
  void lookIn(Mapping mapping) {
    String name = Long.toHexString(mapping.start()) + "-" + Long.toHexString(mapping.end());
    try (FileChannel file = FileChannel.open(self.resolve("map_files").resolve(name))) {
      for (long at = 0; wanted > 0 && at < mapping.end() - mapping.start(); at += pageSize) {
        // By read(2), which takes no memory where the file has a hole.
        ByteBuffer start = read(file, mapping.offset() + at, 16);
        long index = start.remaining() == 16 && start.getLong() == mark ? start.getLong() : -1;
        if (index >= 0 && index < frames.length && frames[(int) index] == 0) {
          frames[(int) index] = frame(mapping.start() + at);
          wanted -= frames[(int) index] == 0 ? 0 : 1;
        }
      }
    } catch (IOException goneOrNotAllowed) {
      // Then its pages aren't told.
    }
  }

  /** Returns the page number of an address; 0 when it isn't told. */
  private long frame(long address) throws IOException {
    try (FileChannel memory = open("mem");
        FileChannel pagemap = open("pagemap")) {
      // Only what was touched there has a number.
      read(memory, address, 1);
      ByteBuffer entry = read(pagemap, address / pageSize * Long.BYTES, Long.BYTES);
      long value = entry.remaining() == Long.BYTES ? entry.getLong() : 0;
      return (value & PRESENT) == 0 ? 0 : value & FRAME;
    }
  }

  private FileChannel open(String file) throws IOException {
    return FileChannel.open(self.resolve(file), StandardOpenOption.READ);
  }

  private static ByteBuffer read(FileChannel file, long at, int bytes) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    file.read(read, at);
    return read.flip();
  }
}
