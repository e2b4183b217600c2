// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * What {@code statx(2)} says of a file.
 *
 * @param mode its type and permissions, {@code S_IF…}
 * @param uid whose it is
 * @param inode its number
 * @param device the file system it is on
 * @param size in bytes
 * @param allocatedBytes what it takes of its file system, or of memory
 */
record FileFacts(int mode, int uid, long inode, long device, long size, long allocatedBytes) {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;

  /** What a file system of somebody else's program knows is not asked for: it may never answer. */
  private static final int AT_STATX_DONT_SYNC = 0x4000;

  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STRUCT_STATX_BYTES = 256;

  /** The unit of {@code stx_blocks}. */
  private static final int BLOCK_BYTES = 512;

  private static final int S_IFMT = 0xF000;
  private static final int S_IFREG = 0x8000;
  private static final int S_IFCHR = 0x2000;
  private static final int S_IFDIR = 0x4000;
  private static final int S_IFSOCK = 0xC000;

  static FileFacts of(Syscalls sys, int fd) throws HeapException {
    return read(sys, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, "descriptor " + fd);
  }

  static FileFacts of(Syscalls sys, String path) throws HeapException {
    return read(sys, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, path);
  }

  private static FileFacts read(Syscalls sys, int fd, String path, int flags, String what)
      throws HeapException {
    ByteBuffer name = Call.string(path);
    ByteBuffer statx = Call.struct(STRUCT_STATX_BYTES);
    long result = Call.retry(() -> sys.statx(fd, name, flags, STATX_BASIC_STATS, statx));
    if (Call.is(Errno.EINVAL, result) && (flags & AT_STATX_DONT_SYNC) != 0) {
      // Where the kernel has no statx, or denies it, the C library knows fewer flags.
      return read(sys, fd, path, flags & ~AT_STATX_DONT_SYNC, what);
    }
    Call.check(result, "looking at " + what);
    long device = ((long) statx.getInt(136) << 32) | (statx.getInt(140) & 0xffffffffL);
    int mode = Short.toUnsignedInt(statx.getShort(28));
    long allocated = statx.getLong(48) * BLOCK_BYTES;
    return new FileFacts(
        mode, statx.getInt(20), statx.getLong(32), device, statx.getLong(40), allocated);
  }

  /** Returns how much is taken once all of it has been looked at. */
  long missingBytes() {
    return Math.max(0, size - allocatedBytes);
  }

  /** Whether it is none of a file system's files, but one of the kernel's own, as a dma-buf is. */
  boolean isAnonymous() {
    return (mode & S_IFMT) == 0;
  }

  boolean isCharacterDevice() {
    return (mode & S_IFMT) == S_IFCHR;
  }

  boolean isRegular() {
    return (mode & S_IFMT) == S_IFREG;
  }

  boolean isSocket() {
    return (mode & S_IFMT) == S_IFSOCK;
  }

  boolean isDirectory() {
    return (mode & S_IFMT) == S_IFDIR;
  }

  /** Names the type, for messages. */
  String type() {
    return switch (mode & S_IFMT) {
      case 0x1000 -> "a pipe";
      case S_IFCHR -> "a character device";
      case S_IFDIR -> "a directory";
      case 0x6000 -> "a block device";
      case S_IFREG -> "a regular file";
      case 0xA000 -> "a symbolic link";
      case S_IFSOCK -> "a socket";
      default -> "a file without a type, such as an epoll instance";
    };
  }
}
