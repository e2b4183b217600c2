// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

/** The handle, access or descriptor was closed, revoked with its heap, or its bundle stopped. */
public class BufferClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception.
   *
   * @param message which object was closed, and by what
   */
  public BufferClosedException(String message) {
    super(message);
  }
}
