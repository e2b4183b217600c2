// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.floor;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.dmabufheaps.bench.source.Source;

/** Memory straight from the kernel, one call into C for each allocation. */
public final class FloorSource implements Source {
  private final Floor floor;
  private final FloorKind kind;
  private final int[] fds = new int[SLOTS];
  private final long[] addresses = new long[SLOTS];
  private final long[] sizes = new long[SLOTS];
  private final long[] address = new long[1];

  /**
   * Makes a source.
   *
   * @param floor does it
   * @param kind how memory becomes resident
   */
  public FloorSource(Floor floor, FloorKind kind) {
    this.floor = floor;
    this.kind = kind;
  }

  @Override
  public void allocate(int first, int count, long size) throws IOException {
    for (int slot = first; slot < first + count; slot++) {
      fds[slot] = floor.alloc(kind, size, address);
      addresses[slot] = address[0];
      sizes[slot] = size;
    }
  }

  @Override
  public void free(int first, int count) {
    for (int slot = first; slot < first + count; slot++) {
      floor.free(fds[slot], sizes[slot], addresses[slot]);
    }
  }

  @Override
  public ByteBuffer view(int slot) {
    return new Pointer(addresses[slot]).getByteBuffer(0, sizes[slot]);
  }
}
