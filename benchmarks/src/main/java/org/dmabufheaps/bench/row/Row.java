// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import org.dmabufheaps.bench.Bench;

/** Something that is measured. */
public interface Row {
  /**
   * Names it.
   *
   * @return the name for {@code --row}
   */
  String name();

  /**
   * Measures it.
   *
   * @param bench takes the figures
   * @throws IOException when the system refuses, or memory was not zero
   */
  void run(Bench bench) throws IOException;
}
