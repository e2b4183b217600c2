// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.source;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Something that gives memory and takes it back, in numbered slots. Its loops over slots are its
 * own, so that the compiler sees one callee in each. For one thread.
 */
public interface Source extends AutoCloseable {
  /** How many slots there are. */
  int SLOTS = 4096;

  /**
   * Allocates into slots.
   *
   * @param first the first slot
   * @param count how many
   * @param size of each, in bytes
   * @throws IOException when the system refuses
   */
  void allocate(int first, int count, long size) throws IOException;

  /**
   * Frees slots.
   *
   * @param first the first slot
   * @param count how many
   */
  void free(int first, int count);

  /**
   * Begins to use a slot's memory.
   *
   * @param slot allocated
   * @return all of its bytes
   * @throws IOException when the system refuses
   */
  ByteBuffer view(int slot) throws IOException;

  /**
   * Ends the use that {@link #view} began.
   *
   * @param slot in use
   * @throws IOException when what was written is lost
   */
  default void endView(int slot) throws IOException {}

  /**
   * Whether memory is all zero when it is given out.
   *
   * @return {@code false} for those that promise nothing
   */
  default boolean zeroes() {
    return true;
  }

  /**
   * Waits until what was freed can be given out again without more work.
   *
   * @param bytes how much should be ready
   * @return whether it is
   */
  default boolean settle(long bytes) {
    return true;
  }

  @Override
  default void close() {}
}
