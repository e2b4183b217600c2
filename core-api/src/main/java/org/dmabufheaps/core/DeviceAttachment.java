// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;

/** A device's use of a buffer. */
final class DeviceAttachment implements Attachment {
  private final Handle handle;
  private final String device;
  private final Access access;
  private final Runnable onRevoke;
  private final AtomicBoolean open = new AtomicBoolean(true);

  DeviceAttachment(Handle handle, String device, Access access, Runnable onRevoke) {
    this.handle = handle;
    this.device = device;
    this.access = access;
    this.onRevoke = onRevoke;
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
    Buffer buffer = handle.buffer();
    if (!open.get() || !buffer.enter()) {
      return;
    }
    try {
      if (open.compareAndSet(true, false)) {
        handle.forget(this);
        detach(buffer);
      }
    } finally {
      buffer.exit();
    }
  }

  private void detach(Buffer buffer) {
    try {
      buffer.ops().detach(device, access);
    } catch (Throwable t) {
      handle.log().error("detaching {} failed", device, t);
    }
  }
}
