// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.View;
import org.osgi.service.log.Logger;

/**
 * A handle's mapping. It is retired when the handle is shut and nobody is just making a byte buffer
 * from it.
 */
final class MappedView {
  private final View view;
  private final long size;
  private final ByteBuffer head;
  private final Logger log;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final UseCount uses = new UseCount();

  private MappedView(View view, long size, ByteBuffer head, Logger log) {
    this.log = log;
    this.view = view;
    this.size = size;
    this.head = head;
  }

  /** Takes a heap's view, after a look at what it gives. */
  static MappedView of(View view, long size, Logger log) throws HeapException {
    if (view == null) {
      throw new HeapException("mapping " + size + " bytes: the heap gave no view", Errno.EIO);
    }
    boolean kept = false;
    try {
      MappedView mapped =
          new MappedView(view, size, window(view, 0, (int) Math.min(size, Integer.MAX_VALUE)), log);
      kept = true;
      return mapped;
    } finally {
      if (!kept) {
        Release.retire(view, log);
      }
    }
  }

  /**
   * Returns a range, which the caller has checked.
   *
   * @return {@code null} when the view is retired
   */
  ByteBuffer bytes(long offset, int length) {
    if (!uses.enter()) {
      return null;
    }
    try {
      return offset + length <= head.capacity()
          ? head.slice((int) offset, length).order(ByteOrder.nativeOrder())
          : window(view, offset, length).slice().order(ByteOrder.nativeOrder());
    } finally {
      leave();
    }
  }

  long size() {
    return size;
  }

  /** The handle is done with it; later calls do nothing. */
  void close() {
    if (open.compareAndSet(true, false)) {
      leave();
    }
  }

  /**
   * As {@link #close}, but leaves retiring to the caller.
   *
   * @return the heap's view; {@code null} when it was retired, or is by whoever uses it now
   */
  View surrender() {
    return open.compareAndSet(true, false) && uses.exit() ? view : null;
  }

  private void leave() {
    if (uses.exit()) {
      Release.retire(view, log);
    }
  }

  private static ByteBuffer window(View view, long offset, int length) {
    ByteBuffer window;
    try {
      window = view.bytes(offset, length);
    } catch (BufferClosedException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(
          "mapping " + length + " bytes at " + offset + ": the heap's view threw " + t, t);
    }
    if (window == null || window.capacity() != length) {
      throw new IllegalStateException(
          "mapping " + length + " bytes at " + offset + ": the heap's view gave " + window);
    }
    return window;
  }
}
