// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** A heap of real memory without a container, that can be made to do wrong. */
class LocalHeap implements DemoHeap, AllocationService, HeapAllocator {
  final LinuxMemory linux;
  private final List<Handle> handles = new ArrayList<>();
  private boolean there = true;

  LocalHeap(LinuxMemory linux) {
    this.linux = linux;
  }

  @Override
  public HeapAllocator await(Deadline deadline) throws IOException {
    if (!there) {
      throw new IOException("heap local has not come");
    }
    return this;
  }

  @Override
  public boolean isThere() {
    return there;
  }

  @Override
  public String description() {
    return "local";
  }

  @Override
  public void stop() {
    there = false;
    handles.forEach(DmaBuf::close);
  }

  @Override
  public void start() {
    there = true;
  }

  @Override
  public long liveBuffers() {
    return handles.stream().filter(DmaBuf::isOpen).count();
  }

  @Override
  public DmaBuf allocate(long size) throws HeapException {
    return handle(linux.memfd(AllocationRequest.uncounted(size + 4095 & -4096)));
  }

  @Override
  public DmaBuf importFd(OwnedFd fd) throws HeapException {
    return handle(linux.importFd(fd.fd()));
  }

  private Handle handle(DmaBufOps ops) throws HeapException {
    Handle handle = new Handle(ops, ops.map());
    handles.add(handle);
    return handle;
  }

  /** What is handed to other processes. */
  OwnedFd export(DmaBufOps ops) throws HeapException {
    return ops.exportFd();
  }

  @Override
  public DmaBuf allocate(String heap, long size) {
    throw new AssertionError("not called");
  }

  @Override
  public DmaBuf importFd(int fd) {
    throw new AssertionError("not called");
  }

  @Override
  public DmaBuf share(DmaBuf other) {
    throw new AssertionError("not called");
  }

  @Override
  public AllocationService forAccount(String account) {
    throw new AssertionError("not called");
  }

  private final class Handle implements DmaBuf {
    private final DmaBufOps ops;
    private final View view;
    private boolean open = true;

    Handle(DmaBufOps ops, View view) {
      this.ops = ops;
      this.view = view;
    }

    private void requireOpen() {
      if (!open) {
        throw new BufferClosedException("the buffer is closed");
      }
    }

    @Override
    public CpuAccess beginCpuAccess(Access access) {
      requireOpen();
      return new CpuAccess() {
        @Override
        public ByteBuffer bytes() {
          return view.bytes(0, (int) ops.size());
        }

        @Override
        public ByteBuffer bytes(long offset, int length) {
          return view.bytes(offset, length);
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public OwnedFd exportFd() throws HeapException {
      requireOpen();
      return export(ops);
    }

    @Override
    public String heap() {
      return "local";
    }

    @Override
    public long size() {
      return ops.size();
    }

    @Override
    public Attachment attach(String device, Access access, Runnable onRevoke) {
      throw new AssertionError("not called");
    }

    @Override
    public void label(String text) {}

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        view.retire();
        ops.release();
      }
    }
  }
}
