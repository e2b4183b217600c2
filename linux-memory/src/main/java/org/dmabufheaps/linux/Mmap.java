// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;

/**
 * Maps memory: {@code mmap(2)}, {@code mremap(2)}, {@code include/uapi/asm-generic/mman-common.h}
 * and {@code include/uapi/linux/mman.h}.
 */
final class Mmap {
  private static final int PROT_NONE = 0;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_FIXED_NOREPLACE = 0x100000;
  private static final int MREMAP_MAYMOVE = 1;
  private static final int MREMAP_FIXED = 2;
  private static final int MREMAP_DONTUNMAP = 4;
  private static final int MADV_POPULATE_WRITE = 23;
  private static final Path MAPS = Path.of("/proc/self/maps");

  /** So much is populated by one call, which a signal may interrupt and which begins again then. */
  private static final long POPULATE_BYTES = 16L << 20;

  /** So often a row is begun again because another thread's mapping has come into it. */
  private static final int TRIES = 16;

  private Mmap() {}

  /** Maps a descriptor's memory from its start; never executable. */
  static long shared(Syscalls sys, int fd, long size, boolean writable) {
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    return sys.mmap(0, size, protection, MAP_SHARED, fd, 0);
  }

  /** Maps a range of a descriptor's memory, readable and writable; never executable. */
  static long shared(Syscalls sys, int fd, Range range) {
    return sys.mmap(0, range.length(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, range.offset());
  }

  /**
   * Maps ranges of a descriptor's memory one after the other, within addresses that are reserved
   * first. Nothing is ever unmapped that others may have mapped meanwhile.
   *
   * @param pieces their places and lengths are multiples of {@code align}
   * @param align the page size, or the size of the huge pages that the memory is made of
   * @return the address, or a negative error number; then nothing is mapped
   */
  static long pieces(Kernel kernel, int fd, List<Range> pieces, long align) {
    if (pieces.size() == 1) {
      return shared(kernel.sys(), fd, pieces.get(0));
    }
    long address = -Errno.EEXIST.number();
    for (int tries = 0; tries < TRIES && Call.is(Errno.EEXIST, address); tries++) {
      address = row(kernel, fd, pieces, align);
    }
    return address;
  }

  private static long row(Kernel kernel, int fd, List<Range> pieces, long align) {
    long bytes = pieces.stream().mapToLong(Range::length).sum();
    long address = reserve(kernel, bytes, align);
    long at = address;
    for (Range piece : address < 0 ? List.<Range>of() : pieces) {
      giveBack(kernel, at, piece.length());
      long result = place(kernel, at, fd, piece);
      if (result < 0) {
        long next = at + piece.length();
        giveBack(kernel, address, at - address);
        giveBack(kernel, next, address + bytes - next);
        return result;
      }
      at += piece.length();
    }
    return address;
  }

  /**
   * Maps where nothing is mapped ({@code MAP_FIXED_NOREPLACE}, since Linux 4.17; before, the
   * address is a wish). {@code MAP_FIXED} may leave a hole when it is refused, which others may
   * fill before it is known.
   *
   * @return {@code -EEXIST} when another thread's mapping has come there
   */
  private static long place(Kernel kernel, long address, int fd, Range range) {
    int flags = MAP_SHARED | MAP_FIXED_NOREPLACE;
    int protection = PROT_READ | PROT_WRITE;
    long result = kernel.sys().mmap(address, range.length(), protection, flags, fd, range.offset());
    if (result >= 0 && result != address) {
      giveBack(kernel, result, range.length());
      return -Errno.EEXIST.number();
    }
    return result;
  }

  /** Reserves addresses, from a multiple of {@code align} on. */
  private static long reserve(Kernel kernel, long bytes, long align) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | kernel.abi().noReserve();
    long spare = align - kernel.pageSize();
    long reserved = kernel.sys().mmap(0, bytes + spare, PROT_NONE, flags, -1, 0);
    if (reserved < 0) {
      return reserved;
    }
    long address = (reserved + align - 1) & -align;
    giveBack(kernel, reserved, address - reserved);
    giveBack(kernel, address + bytes, spare - (address - reserved));
    return address;
  }

  /** Unmaps, now or, when the kernel can't at the moment, later. */
  static void giveBack(Kernel kernel, long address, long bytes) {
    if (bytes > 0) {
      kernel.retired().add(address, bytes, List.of(), true);
    }
  }

  /**
   * Moves a mapping over whatever is mapped at a place; returns that or a negative error number.
   */
  static long moveTo(Syscalls sys, long from, long size, long to) {
    return sys.mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
  }

  /** Maps where nothing is mapped, should the kernel have failed half-way; since Linux 4.17. */
  static boolean fill(Syscalls sys, Abi abi, long address, long size) {
    long result = anonymous(sys, abi, address, size, MAP_FIXED_NOREPLACE);
    if (result >= 0 && result != address) {
      sys.munmap(result, size);
    }
    return result == address;
  }

  static long anonymous(Syscalls sys, Abi abi, long address, long size, int flag) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | abi.noReserve() | flag;
    return sys.mmap(address, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  }

  /**
   * Tells whether buffers are mapped at all of this range, and nothing else: {@code proc(5)}, maps.
   */
  static boolean isThere(long address, long size) throws IOException {
    long end = address + size;
    long there = 0;
    try (Stream<String> maps = Files.lines(MAPS, StandardCharsets.ISO_8859_1)) {
      for (String line : (Iterable<String>) maps.filter(Mmap::isBuffer)::iterator) {
        String[] fields = line.split("[- ]", 3);
        long from = Long.parseUnsignedLong(fields[0], 16);
        long to = Long.parseUnsignedLong(fields[1], 16);
        there += from >= address && to <= end ? to - from : 0;
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return there == size;
  }

  private static boolean isBuffer(String line) {
    return line.contains("memfd:") || line.contains("dmabuf") || line.contains(" /dev/");
  }

  /**
   * Moves a mapping's pages to another place ({@code MREMAP_DONTUNMAP}, since 5.13 for shared
   * memory). The former place stays mapped: who reads there finds the same content again.
   *
   * @return the new place, or a negative error number
   */
  static long move(Syscalls sys, long address, long size) {
    return sys.mremap(address, size, size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
  }

  /**
   * Makes all pages of a mapping be there, cleared ({@code MADV_POPULATE_WRITE}, since 5.14).
   *
   * @return 0, or a negative error number
   */
  static long populate(Syscalls sys, long address, long size) {
    for (long offset = 0; offset < size; offset += POPULATE_BYTES) {
      long from = address + offset;
      long length = Math.min(size - offset, POPULATE_BYTES);
      long result = Call.retry(() -> sys.madvise(from, length, MADV_POPULATE_WRITE));
      if (result < 0) {
        return result;
      }
    }
    return 0;
  }
}
