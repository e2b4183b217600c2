// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** A buffer of a {@link FaultyHeap}. */
final class FaultyOps implements DmaBufOps {
  private final FaultyHeap heap;
  private final DmaBufOps memory;
  private final long asked;
  private final AtomicBoolean released = new AtomicBoolean();

  FaultyOps(FaultyHeap heap, DmaBufOps memory, long asked) {
    this.heap = heap;
    this.memory = memory;
    this.asked = asked;
  }

  @Override
  public long size() {
    if (heap.has(HeapFault.SHORT_BUFFER)) {
      return asked - 1;
    }
    return memory.size() + (heap.has(HeapFault.SIZE_LIES) ? 4096 : 0);
  }

  @Override
  public View map() throws HeapException {
    View view = memory.map();
    return new View() {
      @Override
      public ByteBuffer bytes(long offset, int length) {
        boolean ignores = heap.has(HeapFault.VIEW_IGNORES_LENGTH);
        return view.bytes(offset, ignores ? Math.min(length, 100) : length);
      }

      @Override
      public void retire() {
        boolean keeps =
            heap.has(HeapFault.STALE_VIEW_SEES_OTHERS) || heap.has(HeapFault.KEEPS_MAPPING);
        if (keeps) {
          heap.keep((Runnable) view::retire);
        } else {
          view.retire();
        }
      }
    };
  }

  @Override
  public OwnedFd exportFd() throws HeapException {
    if (heap.has(HeapFault.EXPORTS_OTHER_MEMORY)) {
      return heap.stranger(memory.size()).exportFd();
    }
    if (heap.has(HeapFault.EXPORTS_UNSEALED)) {
      return NativeFd.unsealedMemfd(memory.size());
    }
    OwnedFd fd = memory.exportFd();
    if (heap.has(HeapFault.NO_CLOEXEC)) {
      NativeFd.clearCloseOnExec(fd.fd());
    }
    return fd;
  }

  @Override
  public void label(String text) throws HeapException {
    memory.label(text);
  }

  @Override
  public void release() {
    if (heap.has(HeapFault.RELEASE_THROWS)) {
      heap.keep(memory);
      throw new IllegalStateException("release is faulty");
    }
    if (released.compareAndSet(false, true)) {
      heap.release(memory);
    }
  }
}
