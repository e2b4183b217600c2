// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.peer;

import java.nio.ByteBuffer;
import org.dmabufheaps.bench.source.Source;

/** {@code ByteBuffer.allocateDirect}, freed at once. Not shareable. */
public final class DirectSource implements Source {
  private final ByteBuffer[] buffers = new ByteBuffer[SLOTS];

  @Override
  public void allocate(int first, int count, long size) {
    for (int slot = first; slot < first + count; slot++) {
      buffers[slot] = ByteBuffer.allocateDirect((int) size);
    }
  }

  @Override
  public void free(int first, int count) {
    for (int slot = first; slot < first + count; slot++) {
      Cleaner.free(buffers[slot]);
    }
  }

  @Override
  public ByteBuffer view(int slot) {
    return buffers[slot];
  }
}
