// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/** The system calls on files, descriptors and devices, by {@code java.lang.foreign}. */
@SuppressWarnings("MemberName")
abstract class ForeignFiles implements Syscalls {
  private static final MethodHandle OPEN =
      Downcall.variadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = Downcall.of("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle READ =
      Downcall.of("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle WRITE =
      Downcall.of("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle UNLINK = Downcall.of("unlink", JAVA_INT, ADDRESS);
  private static final MethodHandle LSEEK =
      Downcall.of("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle FTRUNCATE =
      Downcall.of("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle FALLOCATE =
      Downcall.of("fallocate", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FCHMOD = Downcall.of("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle FCNTL =
      Downcall.variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle IOCTL =
      Downcall.variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle FSTATFS = Downcall.of("fstatfs", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle STATX =
      Downcall.of("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle MEMFD_CREATE =
      Downcall.of("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle PIPE2 = Downcall.of("pipe2", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle POLL =
      Downcall.of("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

  @Override
  public int open(ByteBuffer path, int flags) {
    try {
      return (int) OPEN.invokeExact(path, flags, 0);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int close(int fd) {
    try {
      return (int) CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long read(int fd, ByteBuffer bytes, long count) {
    try {
      return (long) READ.invokeExact(fd, bytes, count);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long write(int fd, ByteBuffer bytes, long count) {
    try {
      return (long) WRITE.invokeExact(fd, bytes, count);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int unlink(ByteBuffer path) {
    try {
      return (int) UNLINK.invokeExact(path);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long lseek(int fd, long offset, int whence) {
    try {
      return (long) LSEEK.invokeExact(fd, offset, whence);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int ftruncate(int fd, long length) {
    try {
      return (int) FTRUNCATE.invokeExact(fd, length);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int fallocate(int fd, int mode, long offset, long length) {
    try {
      return (int) FALLOCATE.invokeExact(fd, mode, offset, length);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int fchmod(int fd, int mode) {
    try {
      return (int) FCHMOD.invokeExact(fd, mode);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int fcntl(int fd, int command, int argument) {
    try {
      return (int) FCNTL.invokeExact(fd, command, argument);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int ioctl(int fd, long request, ByteBuffer argument) {
    try {
      return (int) IOCTL.invokeExact(fd, request, argument);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int fstatfs(int fd, ByteBuffer statfs) {
    try {
      return (int) FSTATFS.invokeExact(fd, statfs);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int statx(int directory, ByteBuffer path, int flags, int mask, ByteBuffer statx) {
    try {
      return (int) STATX.invokeExact(directory, path, flags, mask, statx);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int memfd_create(ByteBuffer name, int flags) {
    try {
      return (int) MEMFD_CREATE.invokeExact(name, flags);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int pipe2(ByteBuffer fds, int flags) {
    try {
      return (int) PIPE2.invokeExact(fds, flags);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int poll(ByteBuffer pollfds, int count, int timeoutMillis) {
    try {
      return (int) POLL.invokeExact(pollfds, (long) count, timeoutMillis);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }
}
