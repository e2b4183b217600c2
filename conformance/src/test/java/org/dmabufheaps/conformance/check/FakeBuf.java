// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** A handle of the fake machine. */
final class FakeBuf implements DmaBuf {
  final FakeMachine machine;
  final FakeMemory memory;
  final List<FakeBuf> sharers = new ArrayList<>();
  private final List<OwnedFd> exported = new ArrayList<>();
  private final AtomicInteger closes = new AtomicInteger();
  private final AtomicInteger attachments = new AtomicInteger();
  final AtomicInteger accesses = new AtomicInteger();
  private final AtomicInteger sizeCalls = new AtomicInteger();

  FakeBuf(FakeMachine machine, FakeMemory memory) {
    this.machine = machine;
    this.memory = memory;
  }

  boolean has(Fault fault) {
    return machine.has(fault);
  }

  void check() {
    if (!isOpen() && !has(Fault.USE_AFTER_CLOSE)) {
      throw new BufferClosedException("the handle");
    }
  }

  @Override
  public String heap() {
    return has(Fault.WRONG_NAME) ? "other" : "acme";
  }

  @Override
  public long size() {
    long lie = has(Fault.SIZE_LIES) ? FakeMachine.PAGE : 0;
    if (has(Fault.SIZE_GROWS) && memory.asked == Trial.MEDIUM + 1) {
      lie = sizeCalls.incrementAndGet() / 2 * (long) FakeMachine.PAGE;
    }
    return memory.size + lie;
  }

  @Override
  public CpuAccess beginCpuAccess(Access access) throws HeapException {
    check();
    if (has(Fault.DOES_NOT_NEST) && accesses.get() > 0) {
      throw new HeapException("beginning again", Errno.EBUSY);
    }
    machine.map(memory);
    return new FakeAccess(this, access);
  }

  @Override
  public OwnedFd exportFd() throws HeapException {
    check();
    if (machine.info.exports.equals("none") && !has(Fault.EXPORTS_AGAINST_PROPERTY)) {
      throw new HeapException("exporting", Errno.ENOTSUP);
    }
    machine.leak(Fault.LEAKS_FD);
    OwnedFd fd = machine.open(memory);
    exported.add(fd);
    return fd;
  }

  @Override
  public Attachment attach(String device, Access access, Runnable onRevoke) {
    check();
    attachments.incrementAndGet();
    return new Attachment() {
      private boolean closed;

      @Override
      public String device() {
        return device;
      }

      @Override
      public Access access() {
        return access;
      }

      @Override
      public void close() {
        if (!closed && !has(Fault.LOSES_ATTACHMENT)) {
          attachments.decrementAndGet();
        }
        closed = true;
      }
    };
  }

  @Override
  public void label(String text) {
    if (text.length() > 127 || text.contains("\n")) {
      throw new IllegalArgumentException("label");
    }
    check();
    memory.label = has(Fault.LOSES_LABEL) ? "" : text;
  }

  @Override
  public boolean isOpen() {
    return closes.get() == 0;
  }

  @Override
  public void close() {
    boolean again = closes.getAndIncrement() > 0;
    if (again && has(Fault.SECOND_CLOSE_THROWS)) {
      throw new IllegalStateException("closed already");
    }
    if (again && !has(Fault.SECOND_CLOSE_FREES_AGAIN)) {
      return;
    }
    machine.handles.remove(this);
    if (has(Fault.LEAKS_NOW_AND_THEN) && memory.inode % 3 == 0 && memory.size == 1 << 20) {
      machine.leak(Fault.LEAKS_NOW_AND_THEN);
    }
    if (has(Fault.SHARED_CLOSES_ALL)) {
      sharers.forEach(FakeBuf::close);
    }
    if (has(Fault.EXPORT_DIES_WITH_HANDLE) && !exported.isEmpty()) {
      memory.fill(0, 0);
    }
    machine.release(memory);
  }

  BufferInfo info() {
    BufferInfo info = new BufferInfo();
    info.heap = "acme";
    info.ownerBundleId = 1;
    info.label = memory.label;
    info.attachments = attachments.get();
    return info;
  }
}
