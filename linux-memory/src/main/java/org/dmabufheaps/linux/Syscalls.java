// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;

/**
 * The system calls of Linux that this bundle uses, by their C names (section 2 of the man pages).
 *
 * <p>Each returns what C returns, or the negative error number; none throws for one and none
 * retries. Byte buffers are direct, and at position 0, since a call sees them from there; paths and
 * names end with a NUL. A {@code null} buffer is a NULL pointer.
 */
@SuppressWarnings("MemberName")
interface Syscalls {
  int open(ByteBuffer path, int flags);

  int close(int fd);

  long read(int fd, ByteBuffer bytes, long count);

  long write(int fd, ByteBuffer bytes, long count);

  int unlink(ByteBuffer path);

  long lseek(int fd, long offset, int whence);

  int ftruncate(int fd, long length);

  int fallocate(int fd, int mode, long offset, long length);

  int fchmod(int fd, int mode);

  int fcntl(int fd, int command, int argument);

  int ioctl(int fd, long request, ByteBuffer argument);

  int fstatfs(int fd, ByteBuffer statfs);

  int statx(int directory, ByteBuffer path, int flags, int mask, ByteBuffer statx);

  int memfd_create(ByteBuffer name, int flags);

  /** Returns an address, which is never in the range of negative error numbers. */
  long mmap(long address, long length, int protection, int flags, int fd, long offset);

  /** Returns an address, as {@link #mmap} does. */
  long mremap(long oldAddress, long oldSize, long newSize, int flags, long newAddress);

  int munmap(long address, long length);

  int madvise(long address, long length, int advice);

  int pipe2(ByteBuffer fds, int flags);

  long vmsplice(int fd, ByteBuffer iovecs, long count, int flags);

  /** Calls the library's {@code setpriority}; {@code who} 0 is the calling thread. */
  int setpriority(int which, int who, int priority);

  int poll(ByteBuffer pollfds, int count, int timeoutMillis);

  int socket(int domain, int type, int protocol);

  int bind(int fd, ByteBuffer sockaddr, int length);

  int listen(int fd, int backlog);

  /** Calls {@code accept4} without asking for the peer's address. */
  int accept4(int fd, int flags);

  int connect(int fd, ByteBuffer sockaddr, int length);

  int getsockopt(int fd, int level, int option, ByteBuffer value, ByteBuffer length);

  int shutdown(int fd, int how);

  long sendmsg(int fd, ByteBuffer msghdr, int flags);

  long recvmsg(int fd, ByteBuffer msghdr, int flags);

  int getpagesize();

  /** Returns the address of index 0 of a direct buffer. No system call. */
  long address(ByteBuffer buffer);

  /**
   * Makes a byte buffer over memory, in native order; the memory is not its own. No system call.
   */
  ByteBuffer buffer(long address, int length);

  /**
   * Returns what is reachable for as long as anything is that sees the memory of a byte buffer of
   * {@link #buffer}: the byte buffer, its slices and duplicates, and from Java 22 on the memory
   * segments that are made of those. No system call.
   */
  Object root(ByteBuffer buffer);

  /** Returns the size of a C {@code long}, {@code size_t} and pointer, in bytes: 4 or 8. */
  int wordBytes();
}
