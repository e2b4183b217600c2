// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.peer;

import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.dmabufheaps.bench.source.Source;

/** Arrow's buffers, cleared. Not shareable. */
public final class ArrowSource implements Source {
  private final BufferAllocator allocator = new RootAllocator();
  private final ArrowBuf[] buffers = new ArrowBuf[SLOTS];
  private final long[] sizes = new long[SLOTS];

  @Override
  public void allocate(int first, int count, long size) {
    for (int slot = first; slot < first + count; slot++) {
      ArrowBuf buffer = allocator.buffer(size);
      buffer.setZero(0, size);
      buffers[slot] = buffer;
      sizes[slot] = size;
    }
  }

  @Override
  public void free(int first, int count) {
    for (int slot = first; slot < first + count; slot++) {
      buffers[slot].close();
    }
  }

  @Override
  public ByteBuffer view(int slot) {
    // Its capacity is the next power of two, of which only the size asked for was cleared.
    return buffers[slot].nioBuffer(0, (int) sizes[slot]);
  }

  @Override
  public void close() {
    allocator.close();
  }
}
