// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;

/** One subject with one size: what a round visits for a few milliseconds. */
interface Cell extends AutoCloseable {
  /** Who is measured. */
  String subject();

  /**
   * Measures for a while.
   *
   * @param nanos of time that is measured; at least three samples are taken whatever it takes
   * @return nanoseconds of each operation, or means over batches
   */
  double[] run(long nanos) throws IOException;

  /** How many buffers were looked at, whether they were zero. */
  default long checked() {
    return 0;
  }

  @Override
  default void close() throws IOException {}
}
