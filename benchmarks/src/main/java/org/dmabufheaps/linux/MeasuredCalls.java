// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.dmabufheaps.HeapException;

/** System calls in the way in which {@code linux-memory} makes them on this Java. */
public final class MeasuredCalls {
  /** The way of Java 22 and later. */
  public static final String FOREIGN = NativeCalls.FOREIGN;

  private final NativeCalls calls;

  /**
   * Finds the way.
   *
   * @throws IOException when there is none
   */
  public MeasuredCalls() throws IOException {
    try {
      calls = NativeCalls.find();
    } catch (HeapException e) {
      throw new IOException(e);
    }
  }

  /**
   * Names the way.
   *
   * @return {@code jna} or {@link #FOREIGN}
   */
  public String way() {
    return calls.name();
  }

  /**
   * Calls {@code fcntl(2)}.
   *
   * @param fd a descriptor
   * @param command such as {@code F_GETFD}
   * @return its result, or the negative error number
   */
  public int fcntl(int fd, int command) {
    return calls.sys().fcntl(fd, command, 0);
  }

  /**
   * Calls {@code ioctl(2)}.
   *
   * @param fd a descriptor
   * @param request its number
   * @param argument direct
   * @return its result, or the negative error number
   */
  public int ioctl(int fd, long request, ByteBuffer argument) {
    return calls.sys().ioctl(fd, request, argument);
  }
}
