// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.Access;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.HeapException;

/** One CPU access through one handle, from begin to end. */
final class Bracket implements CpuAccess {
  private final Handle handle;
  private final MappedView view;
  private final Access access;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** Made at the beginning: when it is needed there may be no memory to make it. */
  private final OpsCall<Void> end;

  private Bracket(Handle handle, MappedView view, Access access) {
    this.handle = handle;
    this.view = view;
    this.access = access;
    this.end =
        () -> {
          handle.buffer().cpuAccess().end(access);
          return null;
        };
  }

  /** Begins; what the heap was told is among those of the handle then, or has ended. */
  static Bracket begin(Handle handle, MappedView view, Access access, LazySet<Bracket> among)
      throws HeapException {
    Bracket bracket = new Bracket(handle, view, access);
    handle.buffer().cpuAccess().begin(access);
    boolean kept = false;
    try {
      among.add(bracket);
      kept = handle.isOpen();
    } finally {
      if (!kept) {
        bracket.close();
      }
    }
    if (!kept) {
      throw handle.closed("beginning CPU access");
    }
    return bracket;
  }

  @Override
  public ByteBuffer bytes() {
    if (view.size() > Integer.MAX_VALUE) {
      throw new IllegalStateException(
          "a buffer of " + view.size() + " bytes has no byte buffer as a whole: ask for windows");
    }
    return bytes(0, (int) view.size());
  }

  @Override
  public ByteBuffer bytes(long offset, int length) {
    Objects.checkFromIndexSize(offset, /* size= */ length, /* length= */ view.size());
    if (!handle.isOpen()) {
      throw handle.closed("getting bytes");
    }
    if (!open.get()) {
      throw new BufferClosedException("getting bytes: the CPU access has ended");
    }
    ByteBuffer bytes = bytesOfView(offset, length);
    return access.writes() ? bytes : bytes.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /** In the buffer, so that its memory is not released before its view is retired. */
  private ByteBuffer bytesOfView(long offset, int length) {
    Buffer buffer = handle.buffer();
    if (!buffer.enter()) {
      throw handle.closed("getting bytes");
    }
    try {
      ByteBuffer bytes = view.bytes(offset, length);
      if (bytes == null) {
        throw handle.closed("getting bytes");
      }
      return bytes;
    } finally {
      buffer.exit();
    }
  }

  /** The buffer is entered first, so that its memory is there until the end has been told. */
  @Override
  public void close() throws HeapException {
    Buffer buffer = handle.buffer();
    if (!open.get() || !buffer.enter()) {
      return;
    }
    try {
      if (open.compareAndSet(true, false)) {
        handle.forget(this);
        buffer.exporter().guard(this, end);
      }
    } finally {
      buffer.exit();
    }
  }

  @Override
  public String toString() {
    return "ending CPU access " + access + " to a buffer of heap " + handle.heap();
  }
}
