// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Makes dma-bufs of memfds ({@code include/uapi/linux/udmabuf.h}). */
final class Udmabuf {
  /** What a memfd needs, and may have. */
  static final int SEALS = Memfd.F_SEAL_SHRINK | Memfd.F_SEAL_GROW;

  private static final Path SIZE_LIMIT_MB = Path.of("/sys/module/udmabuf/parameters/size_limit_mb");
  private static final Path LIST_LIMIT = Path.of("/sys/module/udmabuf/parameters/list_limit");
  private static final int UDMABUF_FLAGS_CLOEXEC = 1;

  // struct udmabuf_create; struct udmabuf_create_item has the same layout
  private static final int STRUCT_BYTES = 24;
  private static final int MEMFD = 0;
  private static final int FLAGS = 4;
  private static final int OFFSET = 8;
  private static final int SIZE = 16;

  // struct udmabuf_create_list
  private static final int LIST_FLAGS = 0;
  private static final int LIST_COUNT = 4;
  private static final int LIST_BYTES = 8;

  private Udmabuf() {}

  /** Makes a dma-buf of a whole memfd. */
  static Fd create(Kernel kernel, Fd memfd, long size) throws HeapException {
    checkSize(size);
    ByteBuffer create = Call.struct(STRUCT_BYTES);
    create.putInt(FLAGS, UDMABUF_FLAGS_CLOEXEC).putLong(OFFSET, 0).putLong(SIZE, size);
    return memfd.with(
        number -> {
          create.putInt(MEMFD, number);
          return ioctl(kernel, kernel.abi().ioctl().udmabufCreate(), create, size);
        });
  }

  /** Makes a dma-buf of ranges of a memfd. */
  static Fd createList(Kernel kernel, Fd memfd, List<Range> ranges) throws HeapException {
    checkCount(ranges.size());
    long size = ranges.stream().mapToLong(Range::length).reduce(0, Math::addExact);
    checkSize(size);
    ByteBuffer list =
        Call.struct(Math.addExact(LIST_BYTES, Math.multiplyExact(ranges.size(), STRUCT_BYTES)));
    list.putInt(LIST_FLAGS, UDMABUF_FLAGS_CLOEXEC).putInt(LIST_COUNT, ranges.size());
    return memfd.with(
        number -> {
          int item = LIST_BYTES;
          for (Range range : ranges) {
            list.putInt(item + MEMFD, number);
            list.putLong(item + OFFSET, range.offset()).putLong(item + SIZE, range.length());
            item += STRUCT_BYTES;
          }
          return ioctl(kernel, kernel.abi().ioctl().udmabufCreateList(), list, size);
        });
  }

  private static Fd ioctl(Kernel kernel, long request, ByteBuffer argument, long size)
      throws HeapException {
    Fd node = Devices.open(kernel, LinuxMemory.UDMABUF);
    try {
      long fd = node.call(n -> kernel.sys().ioctl(n, request, argument));
      return Fd.of(kernel, fd, "making a udmabuf of " + size + " bytes");
    } finally {
      node.close();
    }
  }

  /** Refuses what the module would refuse, before anything is called, and says the limit. */
  static void checkSize(long size) throws HeapException {
    long max = maxBytes();
    if (size > max) {
      throw new HeapException(
          "making a udmabuf of " + size + " bytes, over the " + max + " of " + SIZE_LIMIT_MB,
          Errno.EINVAL);
    }
  }

  /** Refuses a list that the module would refuse. */
  private static void checkCount(int ranges) throws HeapException {
    long max = parameter(LIST_LIMIT);
    if (ranges > max) {
      throw new HeapException(
          "making a udmabuf of " + ranges + " ranges, over the " + max + " of " + LIST_LIMIT,
          Errno.EINVAL);
    }
  }

  /** Returns the module's limit, or {@link Long#MAX_VALUE} when it can't be read. */
  static long maxBytes() {
    long megabytes = parameter(SIZE_LIMIT_MB);
    return megabytes > Long.MAX_VALUE >> 20 ? Long.MAX_VALUE : megabytes << 20;
  }

  /** Reads a limit, or returns {@link Long#MAX_VALUE} when it can't be read. */
  private static long parameter(Path file) {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  /** Returns the size of all ranges, each of which must be of whole pages and within the buffer. */
  static long sizeOf(Kernel kernel, LinuxBuffer base, List<Range> ranges) {
    long size = 0;
    for (Range range : ranges) {
      boolean aligned = (range.offset() | range.length()) % kernel.pageSize() == 0;
      boolean within =
          range.offset() >= 0
              && range.length() > 0
              && range.offset() <= base.size() - range.length();
      if (!aligned || !within) {
        throw new IllegalArgumentException(range + " is no page-aligned range of " + base);
      }
      size = Math.addExact(size, range.length());
    }
    if (size == 0) {
      throw new IllegalArgumentException("no ranges of " + base);
    }
    return size;
  }

  /** Makes a memfd and a udmabuf of it, which alone keeps the memory. */
  static Fd whole(Kernel kernel, String label, long size) throws HeapException {
    Fd memfd = Memfd.create(kernel, size, label, SEALS);
    try {
      return create(kernel, memfd, size);
    } finally {
      memfd.close();
    }
  }
}
