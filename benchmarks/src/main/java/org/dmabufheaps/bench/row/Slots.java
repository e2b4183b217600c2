// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import org.dmabufheaps.bench.source.Source;

/** Which of a source's slots each live buffer of a trace has; the slot freed last is next. */
final class Slots {
  private final int[] free = new int[Source.SLOTS];
  private final int[] ofBuffer;
  private int left = Source.SLOTS;

  /**
   * All slots are free.
   *
   * @param buffers how many the trace has; their ids are smaller
   */
  Slots(int buffers) {
    ofBuffer = new int[buffers];
    for (int i = 0; i < left; i++) {
      free[i] = left - 1 - i;
    }
  }

  int take(int id) {
    if (left == 0) {
      throw new IllegalStateException("buffer " + id + " has no slot: " + free.length + " live");
    }
    ofBuffer[id] = free[--left];
    return ofBuffer[id];
  }

  int give(int id) {
    free[left++] = ofBuffer[id];
    return ofBuffer[id];
  }
}
