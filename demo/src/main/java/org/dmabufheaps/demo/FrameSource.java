// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;

/** Puts frames into the buffers of a ring. For one thread. */
interface FrameSource extends AutoCloseable {
  /** What its frames are. */
  Frames frames();

  /** The device that makes them, for people; empty when there is none. */
  default String device() {
    return "";
  }

  /**
   * Starts to use a ring.
   *
   * @param ring whose buffers are to be filled
   * @throws IOException when it can't
   */
  default void begin(Ring ring) throws IOException {}

  /**
   * Puts the next frame into a buffer.
   *
   * @param ring as at {@link #begin}
   * @param frame its number
   * @return the slot that it is in; nobody writes there until {@link #checked}
   * @throws IOException when there is no frame
   */
  int next(Ring ring, int frame) throws IOException;

  /**
   * Tells that the receiver has seen a frame.
   *
   * @param slot where it was
   * @throws IOException when the source can't go on
   */
  default void checked(int slot) throws IOException {}

  /**
   * Tells that the heap has gone, with every buffer of the ring.
   *
   * @param report hears of it when this source goes on nevertheless
   */
  default void heapGone(DemoReport report) {}

  /** Ends the use of a ring, whether it was begun or not. */
  default void end() {}

  @Override
  default void close() throws IOException {}
}
