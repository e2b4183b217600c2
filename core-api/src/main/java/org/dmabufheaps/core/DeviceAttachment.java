// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;

/** A device's use of a buffer. */
final class DeviceAttachment implements Attachment {
  private final Handle handle;
  private final String device;
  private final Access access;
  private final Runnable onRevoke;
  private final AtomicBoolean open = new AtomicBoolean(true);

  private DeviceAttachment(Handle handle, String device, Access access, Runnable onRevoke) {
    this.handle = handle;
    this.device = device;
    this.access = access;
    this.onRevoke = onRevoke;
  }

  /** Attaches; what the heap was told is among those of the handle then, or has ended. */
  static DeviceAttachment attach(
      Handle handle,
      String device,
      Access access,
      Runnable onRevoke,
      LazySet<DeviceAttachment> among)
      throws HeapException {
    DeviceAttachment attachment = new DeviceAttachment(handle, device, access, onRevoke);
    handle.buffer().ops().attach(device, access);
    boolean kept = false;
    try {
      among.add(attachment);
      kept = handle.isOpen();
    } finally {
      if (!kept) {
        attachment.close();
      }
    }
    if (!kept) {
      throw handle.closed("attaching " + device);
    }
    return attachment;
  }

  @Override
  public String device() {
    return device;
  }

  @Override
  public Access access() {
    return access;
  }

  /** What tells the device, if it is still attached then. */
  Runnable revocation() {
    return () -> {
      if (open.get()) {
        onRevoke.run();
      }
    };
  }

  @Override
  public void close() {
    end("detaching", DmaBufOps::detach);
  }

  /** The buffer is taken away, and the device has not let go. */
  void abandon() {
    end("abandoning", DmaBufOps::abandon);
  }

  /** What the heap is told. */
  private interface Farewell {
    void tell(DmaBufOps ops, String device, Access access);
  }

  private void end(String verb, Farewell farewell) {
    Buffer buffer = handle.buffer();
    if (!open.get() || !buffer.enter()) {
      return;
    }
    try {
      if (open.compareAndSet(true, false)) {
        handle.forget(this);
        farewell.tell(buffer.ops(), device, access);
      }
    } catch (Throwable t) {
      handle.log().error("{} {} failed", verb, device, t);
    } finally {
      buffer.exit();
    }
  }
}
