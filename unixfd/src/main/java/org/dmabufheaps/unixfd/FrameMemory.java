// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.OwnedFd;

/**
 * A range of a buffer that is in a frame: given by a handle, or by a descriptor of this API.
 *
 * @param buffer the buffer's handle, or {@code null}; it may be closed once the frame is published
 * @param fd a descriptor of the buffer, or {@code null}; it must stay open until the frame is back
 * @param offset of the first byte, in bytes from the start of the buffer
 * @param size in bytes, at least 1
 */
public record FrameMemory(DmaBuf buffer, OwnedFd fd, long offset, long size) {

  /**
   * Checks that there is one buffer and a range.
   *
   * @param buffer as above
   * @param fd as above
   * @param offset as above
   * @param size as above
   */
  public FrameMemory {
    if ((buffer == null) == (fd == null)) {
      throw new IllegalArgumentException("a frame's memory is either a handle or a descriptor");
    }
    if (offset < 0 || size < 1 || offset > Long.MAX_VALUE - size) {
      throw new IllegalArgumentException(
          "a frame's memory of " + size + " bytes at offset " + offset);
    }
  }

  /**
   * Names a range of a buffer by its handle.
   *
   * @param buffer an open handle
   * @param offset of the first byte
   * @param size in bytes
   * @return the range
   */
  public static FrameMemory of(DmaBuf buffer, long offset, long size) {
    return new FrameMemory(buffer, null, offset, size);
  }

  /**
   * Names a range of a buffer by a descriptor, which saves a system call for each frame.
   *
   * @param fd an exported or received descriptor
   * @param offset of the first byte
   * @param size in bytes
   * @return the range
   */
  public static FrameMemory of(OwnedFd fd, long offset, long size) {
    return new FrameMemory(null, fd, offset, size);
  }
}
