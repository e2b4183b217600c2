// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.bench.source.Books;
import org.dmabufheaps.bench.source.Source;

/** Buffers of a heap. */
final class ClientSource implements Source {
  private static final long SETTLE_NANOS = 2_000_000_000L;
  private static final long POLL_NANOS = 100_000;

  private final HeapAllocator heap;
  private final Supplier<Books> books;
  private final DmaBuf[] buffers = new DmaBuf[SLOTS];
  private final CpuAccess[] accesses = new CpuAccess[SLOTS];

  ClientSource(HeapAllocator heap, Supplier<Books> books) {
    this.heap = heap;
    this.books = books;
  }

  @Override
  public void allocate(int first, int count, long size) throws IOException {
    for (int slot = first; slot < first + count; slot++) {
      buffers[slot] = heap.allocate(size);
    }
  }

  @Override
  public void free(int first, int count) {
    for (int slot = first; slot < first + count; slot++) {
      buffers[slot].close();
    }
  }

  @Override
  public ByteBuffer view(int slot) throws IOException {
    CpuAccess access = buffers[slot].beginCpuAccess(Access.READ_WRITE);
    accesses[slot] = access;
    return access.bytes();
  }

  @Override
  public void endView(int slot) throws IOException {
    accesses[slot].close();
  }

  DmaBuf buffer(int slot) {
    return buffers[slot];
  }

  @Override
  public boolean settle(long bytes) {
    long begun = System.nanoTime();
    while (true) {
      Books now = books.get();
      if (now.pending() == 0) {
        return now.pooled() >= bytes;
      }
      if (System.nanoTime() - begun > SETTLE_NANOS) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  @Override
  public void close() {
    for (DmaBuf buffer : buffers) {
      if (buffer != null) {
        buffer.close();
      }
    }
  }
}
