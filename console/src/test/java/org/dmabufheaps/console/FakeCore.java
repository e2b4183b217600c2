// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BudgetInfo;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.OwnedFd;

/** Core for the commands: books that a test writes, and buffers of ordinary memory. */
final class FakeCore implements AllocationService, HeapRegistry {
  static final long CONSOLE = 17;

  final List<HeapInfo> heaps = new ArrayList<>();
  final List<BufferInfo> buffers = new ArrayList<>();
  final List<Buffer> handles = new ArrayList<>();
  final BudgetInfo budget = new BudgetInfo();
  private long lastId = 40;

  HeapInfo heap(String name) {
    HeapInfo info = new HeapInfo();
    info.name = name;
    info.available = true;
    info.backing = "memfd";
    info.exports = "memfd";
    info.bundle = "org.dmabufheaps.heap-" + name;
    info.properties = Map.of("dmabuf.heap.name", name);
    heaps.add(info);
    return info;
  }

  @Override
  public DmaBuf allocate(String heap, long size) throws HeapException {
    if (size <= 0) {
      throw new IllegalArgumentException("a buffer can't have " + size + " bytes");
    }
    if (heaps.stream().noneMatch(info -> info.name.equals(heap))) {
      throw new HeapException("allocating from heap " + heap, Errno.ENODEV);
    }
    if (size > 1 << 24) {
      throw new HeapException("allocating " + size + " of a budget of 16 MiB", Errno.ENOMEM);
    }
    Buffer buffer = new Buffer(heap, (int) (size + 4095) & -4096);
    handles.add(buffer);
    buffers.add(buffer.info);
    return buffer;
  }

  @Override
  public DmaBuf importFd(int fd) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DmaBuf importFd(OwnedFd fd) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DmaBuf share(DmaBuf other) {
    throw new UnsupportedOperationException();
  }

  @Override
  public AllocationService forAccount(String account) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<HeapInfo> heaps() {
    return List.copyOf(heaps);
  }

  @Override
  public List<BufferInfo> buffers() {
    return List.copyOf(buffers);
  }

  @Override
  public BudgetInfo budget() {
    return budget;
  }

  /** A buffer. */
  final class Buffer implements DmaBuf {
    final BufferInfo info = new BufferInfo();
    private final ByteBuffer bytes;
    private boolean open = true;

    Buffer(String heap, int size) {
      bytes = ByteBuffer.allocate(size);
      info.handleId = ++lastId;
      info.bufferId = lastId;
      info.owner = "org.dmabufheaps.console";
      info.ownerBundleId = CONSOLE;
      info.heap = heap;
      info.sizeBytes = size;
    }

    @Override
    public String heap() {
      return info.heap;
    }

    @Override
    public long size() {
      return info.sizeBytes;
    }

    @Override
    public CpuAccess beginCpuAccess(Access access) {
      if (!open) {
        throw new BufferClosedException("beginning CPU access: the handle was closed");
      }
      return new CpuAccess() {
        @Override
        public ByteBuffer bytes() {
          return bytes(0, bytes.capacity());
        }

        @Override
        public ByteBuffer bytes(long offset, int length) {
          Objects.checkFromToIndex(offset, offset + length, info.sizeBytes);
          ByteBuffer window = bytes.slice((int) offset, length);
          return access.writes() ? window : window.asReadOnlyBuffer();
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public OwnedFd exportFd() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Attachment attach(String device, Access access, Runnable onRevoke) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void label(String text) {
      info.label = text;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
      buffers.remove(info);
    }
  }
}
