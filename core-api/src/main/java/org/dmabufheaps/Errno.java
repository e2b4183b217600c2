// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

/**
 * The error numbers of Linux that this API gives or looks at, with the numbers of {@code
 * include/uapi/asm-generic/errno-base.h} and {@code errno.h}, which all CPUs share that this
 * project runs on.
 */
public enum Errno {
  /** Operation not permitted. */
  EPERM(1),
  /** No such file or directory. */
  ENOENT(2),
  /** Interrupted system call. */
  EINTR(4),
  /** Input/output error. */
  EIO(5),
  /** No such device or address. */
  ENXIO(6),
  /** Bad file descriptor. */
  EBADF(9),
  /** Try again. */
  EAGAIN(11),
  /** Out of memory, or over the budget. */
  ENOMEM(12),
  /** Permission denied. */
  EACCES(13),
  /** Bad address. */
  EFAULT(14),
  /** Device or resource busy. */
  EBUSY(16),
  /** File exists. */
  EEXIST(17),
  /** No such device: the heap is not there, or not any more. */
  ENODEV(19),
  /** Not a directory. */
  ENOTDIR(20),
  /** Invalid argument. */
  EINVAL(22),
  /** File table overflow. */
  ENFILE(23),
  /** Too many open files. */
  EMFILE(24),
  /** The descriptor doesn't know this request. */
  ENOTTY(25),
  /** File too large. */
  EFBIG(27),
  /** No space left. */
  ENOSPC(28),
  /** Illegal seek. */
  ESPIPE(29),
  /** Broken pipe. */
  EPIPE(32),
  /** File name too long. */
  ENAMETOOLONG(36),
  /** The kernel doesn't have this call. */
  ENOSYS(38),
  /** Value too large. */
  EOVERFLOW(75),
  /** File descriptor in bad state; udmabuf says so of what is no memfd. */
  EBADFD(77),
  /** Message too long. */
  EMSGSIZE(90),
  /** Operation not supported. */
  ENOTSUP(95),
  /** Address already in use. */
  EADDRINUSE(98),
  /** Connection reset by peer. */
  ECONNRESET(104),
  /** Too many references: descriptors in flight. */
  ETOOMANYREFS(109),
  /** Timed out. */
  ETIMEDOUT(110),
  /** Connection refused. */
  ECONNREFUSED(111),
  /** Over a quota. */
  EDQUOT(122);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /**
   * Returns the number.
   *
   * @return the number as in {@code errno(3)}, positive
   */
  public int number() {
    return number;
  }

  /**
   * Tells whether an exception carries this error.
   *
   * @param e the exception
   * @return whether its number is this one
   */
  public boolean is(HeapException e) {
    return e.errno() == number;
  }

  /**
   * Returns the name of an error number.
   *
   * @param number as in {@code errno(3)}, positive
   * @return the symbolic name, or {@code "errno NUMBER"} for one that is not listed here
   */
  public static String nameOf(int number) {
    for (Errno errno : values()) {
      if (errno.number == number) {
        return errno.name();
      }
    }
    return "errno " + number;
  }
}
