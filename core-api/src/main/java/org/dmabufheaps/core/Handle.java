// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.stream.Stream;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.osgi.service.log.Logger;

/** One bundle's handle to a buffer. It holds one use of the buffer until it is shut. */
final class Handle implements DmaBuf, Owned {
  private static final AtomicReferenceFieldUpdater<Handle, MappedView> VIEW =
      AtomicReferenceFieldUpdater.newUpdater(Handle.class, MappedView.class, "view");
  private static final AtomicReferenceFieldUpdater<Handle, String> BARRED =
      AtomicReferenceFieldUpdater.newUpdater(Handle.class, String.class, "barred");

  private final long id;
  private final Buffer buffer;
  private final Owner owner;
  private final String account;
  private final Charge charge;
  private final Throwable openedAt;
  private final Logger log;
  private final long openedNanoTime = System.nanoTime();
  private final LazySet<Bracket> brackets = new LazySet<>();
  private final LazySet<DeviceAttachment> attachments = new LazySet<>();
  private final LazySet<LedgerFd> exported = new LazySet<>();
  private final AtomicBoolean settled = new AtomicBoolean();
  private volatile MappedView view;

  /** Why clients are barred; {@code null} while the handle is open. */
  private volatile String barred;

  Handle(
      long id,
      Buffer buffer,
      Owner owner,
      String account,
      Charge charge,
      Throwable openedAt,
      Logger log) {
    this.id = id;
    this.buffer = buffer;
    this.owner = owner;
    this.account = account;
    this.charge = charge;
    this.openedAt = openedAt;
    this.log = log;
  }

  @Override
  public String heap() {
    return buffer.exporter().name();
  }

  @Override
  public long size() {
    return buffer.size();
  }

  @Override
  public CpuAccess beginCpuAccess(Access access) throws HeapException {
    return use(
        operation("beginning CPU access " + access + " to"),
        () -> Bracket.begin(this, mapped(), access, brackets));
  }

  /** Maps on first use. Of two threads that do so at once one keeps its mapping. */
  private MappedView mapped() throws HeapException {
    MappedView mapped = view;
    if (mapped == null) {
      MappedView fresh = MappedView.of(buffer.ops().map(), buffer.size(), log);
      if (VIEW.compareAndSet(this, null, fresh)) {
        if (!isOpen()) {
          retireView();
        }
        return fresh;
      }
      fresh.close();
      mapped = view;
    }
    return mapped;
  }

  @Override
  public OwnedFd exportFd() throws HeapException {
    Operation operation = operation("exporting");
    return use(operation, () -> export(operation));
  }

  private LedgerFd export(Operation operation) throws HeapException {
    OwnedFd raw = buffer.ops().exportFd();
    if (raw == null) {
      throw new HeapException(operation + ": the heap gave no descriptor", Errno.EIO);
    }
    LedgerFd fd = LedgerFd.exported(raw, owner, buffer, charge, exported);
    if (fd == null) {
      throw closed(operation.toString());
    }
    return fd;
  }

  @Override
  public Attachment attach(String device, Access access, Runnable onRevoke) throws HeapException {
    String name = Text.check("device", device, 1);
    if (access == null || onRevoke == null) {
      throw new IllegalArgumentException("attaching " + name + ": access and onRevoke are needed");
    }
    return use(
        operation("attaching " + name + " to"),
        () -> DeviceAttachment.attach(this, name, access, onRevoke, attachments));
  }

  @Override
  public void label(String text) throws HeapException {
    String checked = Text.check("label", text, 0);
    use(
        operation("labelling"),
        () -> {
          buffer.ops().label(checked);
          buffer.label(checked);
          return null;
        });
  }

  @Override
  public OptionalLong physicalAddress() throws HeapException {
    return use(operation("locating"), () -> buffer.ops().physicalAddress());
  }

  @Override
  public boolean isOpen() {
    return barred == null;
  }

  @Override
  public void close() {
    if (bar("it was closed")) {
      settle();
    }
  }

  /** Shuts clients out; the caller goes on with {@link #retireView} and {@link #settle}. */
  boolean bar(String reason) {
    return BARRED.compareAndSet(this, null, reason);
  }

  Stream<Runnable> revokeCallbacks() {
    return attachments.all().stream().map(DeviceAttachment::revocation);
  }

  /** In the buffer, so that its memory is not released before the heap's code has returned. */
  void retireView() {
    MappedView mapped = view;
    if (mapped != null && buffer.enter()) {
      try {
        mapped.close();
      } finally {
        buffer.exit();
      }
    }
  }

  /**
   * Ends what was begun, leaves the books, and lets go of the view and the memory: in this order,
   * whatever a heap's own code does.
   */
  void settle() {
    if (!settled.compareAndSet(false, true)) {
      return;
    }
    try {
      brackets.forEach(this::end);
      attachments.forEach(DeviceAttachment::abandon);
    } finally {
      owner.remove(this);
      charge.release();
      buffer.exit(view);
    }
  }

  private void end(Bracket bracket) {
    try {
      bracket.close();
    } catch (Throwable t) {
      log.warn("{}: what the CPU wrote last may be lost", operation("closing"), t);
    }
  }

  Logger log() {
    return log;
  }

  private <T> T use(Operation operation, OpsCall<T> call) throws HeapException {
    if (!isOpen() || !buffer.enter()) {
      throw closed(operation.toString());
    }
    try {
      return buffer.exporter().call(operation, call);
    } finally {
      buffer.exit();
    }
  }

  Buffer buffer() {
    return buffer;
  }

  Owner owner() {
    return owner;
  }

  void forget(Bracket bracket) {
    brackets.remove(bracket);
  }

  void forget(DeviceAttachment attachment) {
    attachments.remove(attachment);
  }

  BufferClosedException closed(String operation) {
    return new BufferClosedException(operation + ": the handle can't be used any more, " + barred);
  }

  private Operation operation(String verb) {
    return new Operation(verb, buffer.size(), "of heap", heap());
  }

  /** Each handle goes into its owner's ledger, and asking the VM for a hash is not cheap. */
  @Override
  public int hashCode() {
    return Long.hashCode(id);
  }

  @Override
  public void closeForOwner() {
    close();
  }

  @Override
  public String heapName() {
    return heap();
  }

  @Override
  public String describe() {
    return LeakReport.describe(info());
  }

  @Override
  public Throwable openedAt() {
    return openedAt;
  }

  BufferInfo info() {
    BufferInfo info = new BufferInfo();
    info.handleId = id;
    info.bufferId = buffer.id();
    info.owner = owner.name();
    info.ownerBundleId = owner.bundleId();
    info.account = account;
    info.heap = heap();
    info.sizeBytes = buffer.size();
    info.label = buffer.label();
    info.ageMillis = (System.nanoTime() - openedNanoTime) / 1_000_000;
    info.exportedFds = exported.all().size();
    info.openAccesses = brackets.all().size();
    info.attachments = attachments.all().size();
    return info;
  }
}
