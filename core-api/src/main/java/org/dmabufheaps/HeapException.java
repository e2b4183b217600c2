// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.io.IOException;

/**
 * The system refused. The message has the operation, the object, the value and the name of the
 * error number.
 */
public class HeapException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String errnoName;

  /**
   * Makes an exception without an error number of its own.
   *
   * @param message what was tried, on what, with which value, and what to do about it
   * @param errno the error
   */
  public HeapException(String message, Errno errno) {
    this(message, errno.name(), errno.number());
  }

  /**
   * Makes an exception from an error number that the system gave.
   *
   * @param message what was tried, on what and with which value
   * @param errnoName the symbolic name, such as {@code "ENOMEM"}
   * @param errno the number as the system gave it, positive
   */
  public HeapException(String message, String errnoName, int errno) {
    super(message + ": " + errnoName);
    this.errno = errno;
    this.errnoName = errnoName;
  }

  /**
   * Makes an exception with a cause.
   *
   * @param message what was tried, on what and with which value
   * @param errno the error
   * @param cause what led to it
   */
  public HeapException(String message, Errno errno, Throwable cause) {
    this(message, errno);
    initCause(cause);
  }

  /**
   * Returns the error number.
   *
   * @return the number as in {@code errno(3)}, positive; those that core itself gives are the ones
   *     of {@link Errno}
   */
  public int errno() {
    return errno;
  }

  /**
   * Returns the error's symbolic name.
   *
   * @return a name such as {@code "ENOMEM"}
   */
  public String errnoName() {
    return errnoName;
  }
}
