// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmabufheaps.Access;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/**
 * Physical memory as {@code mem(4)} shows it, and where the areas of CMA are in it ({@code
 * CONFIG_CMA_DEBUGFS}): tells in which frames the pages of a buffer are, of which the kernel says
 * nothing in {@code /proc/self/pagemap}.
 */
final class PhysicalMemory {
  static final Path MEM = Path.of("/dev/mem");
  private static final Path AREAS = Path.of("/sys/kernel/debug/cma");
  private static final int PAGE = (int) TestKernel.real().pageSize();

  private PhysicalMemory() {}

  /** Says why it can't be read; empty when it can. */
  static String missing() {
    try {
      List<Range> areas = areas();
      read(areas.get(0).offset(), PAGE);
      return "";
    } catch (IOException | IndexOutOfBoundsException e) {
      return "reading an area of CMA through " + MEM + ": " + e;
    }
  }

  /** The areas of CMA, by physical address. */
  private static List<Range> areas() throws IOException {
    List<Range> areas = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(AREAS)) {
      for (Path area : all) {
        areas.add(
            new Range(
                number(area.resolve("base_pfn")) * PAGE, number(area.resolve("count")) * PAGE));
      }
    }
    return areas;
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  private static ByteBuffer read(long address, int bytes) throws IOException {
    ByteBuffer memory = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    try (FileChannel mem = FileChannel.open(MEM)) {
      while (memory.hasRemaining()) {
        if (mem.read(memory, address + memory.position()) <= 0) {
          throw new IOException("nothing at 0x" + Long.toHexString(address + memory.position()));
        }
      }
    }
    return memory.flip();
  }

  /** Writes into each page of buffers what is nowhere else, and finds it in the areas of CMA. */
  static List<long[]> frames(List<DmaBufOps> buffers) throws Exception {
    long token = new Random().nextLong();
    List<long[]> frames = new ArrayList<>();
    for (DmaBufOps buffer : buffers) {
      mark(buffer, token, frames.size());
      frames.add(new long[(int) (buffer.size() / PAGE)]);
    }
    for (Range area : areas()) {
      ByteBuffer memory = read(area.offset(), (int) area.length());
      for (int at = 0; at < memory.capacity(); at += PAGE) {
        if (memory.getLong(at) == token) {
          int page = memory.getInt(at + 12);
          long[] found = frames.get(memory.getInt(at + 8));
          assertEquals(0, found[page], "page " + page + " is in one place");
          found[page] = (area.offset() + at) / PAGE;
        }
      }
    }
    return frames;
  }

  private static void mark(DmaBufOps buffer, long token, int number) throws HeapException {
    View view = buffer.map();
    buffer.beginCpuAccess(Access.WRITE);
    for (int page = 0; page < buffer.size() / PAGE; page++) {
      view.bytes((long) page * PAGE, PAGE).putLong(0, token).putInt(8, number).putInt(12, page);
    }
    buffer.endCpuAccess(Access.WRITE);
    view.retire();
  }
}
