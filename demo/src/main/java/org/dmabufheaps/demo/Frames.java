// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** What the frames are, and how the receiver knows that one is right. For one thread. */
interface Frames {
  /** The pixels of a frame that can be checked. */
  int pixels();

  /** The bytes of a frame. */
  int frameBytes();

  /** What a buffer needs for a frame, and for the receiver's mark behind it. */
  default long bufferBytes() {
    return (long) frameBytes() + Long.BYTES;
  }

  /**
   * Checks those pixels.
   *
   * @param shown at least {@link #frameBytes()} bytes, from index 0
   * @param number which frame it should be
   * @return how many of them differ; all of them when it is another frame
   */
  int differingPixels(ByteBuffer shown, int number);

  /**
   * Writes a frame as PNG.
   *
   * @param shown its bytes, from index 0
   * @param file where to; overwritten
   * @throws IOException when the file can't be written
   */
  void writePng(ByteBuffer shown, Path file) throws IOException;
}
