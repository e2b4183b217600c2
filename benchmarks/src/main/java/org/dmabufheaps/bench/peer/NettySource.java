// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import org.dmabufheaps.bench.source.Source;

/** Netty's pooled direct buffers, in chunks of 128 MiB. Not shareable. */
public final class NettySource implements Source {
  private static final int PAGE_BYTES = 8192;
  private static final int CHUNK_ORDER = 14;

  /** One for all threads, as it is meant to be used. */
  private static final PooledByteBufAllocator ALLOCATOR =
      new PooledByteBufAllocator(
          true,
          2,
          2,
          PAGE_BYTES,
          CHUNK_ORDER,
          PooledByteBufAllocator.defaultSmallCacheSize(),
          PooledByteBufAllocator.defaultNormalCacheSize(),
          true);

  private final ByteBuf[] buffers = new ByteBuf[SLOTS];
  private final boolean zero;

  /** Without it a chunk would go back to the system when all its buffers are free at once. */
  private final ByteBuf keepsChunk = ALLOCATOR.directBuffer(1);

  /**
   * Makes a source.
   *
   * @param zero whether each buffer is cleared when it is given out
   */
  public NettySource(boolean zero) {
    this.zero = zero;
  }

  @Override
  public void allocate(int first, int count, long size) {
    for (int slot = first; slot < first + count; slot++) {
      ByteBuf buffer = ALLOCATOR.directBuffer((int) size, (int) size);
      if (zero) {
        buffer.setZero(0, (int) size);
      }
      buffers[slot] = buffer;
    }
  }

  @Override
  public void free(int first, int count) {
    for (int slot = first; slot < first + count; slot++) {
      buffers[slot].release();
    }
  }

  @Override
  public ByteBuffer view(int slot) {
    ByteBuf buffer = buffers[slot];
    return buffer.nioBuffer(0, buffer.capacity());
  }

  @Override
  public void close() {
    keepsChunk.release();
  }

  @Override
  public boolean zeroes() {
    return zero;
  }
}
