// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.concurrent.locks.LockSupport;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Keeps the list of {@link RetiredViews} from growing without end. */
final class RoomForViews {
  /** Of address space: little of it where a word has 32 bits. */
  private static final long MAX_BYTES_64 = 4L << 30;

  private static final long MAX_BYTES_32 = 256L << 20;
  private static final int CAP_32 = 4;
  private static final int PATIENCE_MILLIS = 50;
  private static final long MILLI_NANOS = 1_000_000;

  private final RetiredViews views;
  private final long maxBytes;
  private final int cap;

  /** Whether the last collection for want of room made some. */
  private volatile boolean helped = true;

  RoomForViews(RetiredViews views, int wordBytes) {
    this.views = views;
    boolean large = wordBytes == Long.BYTES;
    maxBytes = large ? MAX_BYTES_64 : MAX_BYTES_32;
    cap = large ? RetiredViews.CAP : CAP_32;
  }

  /**
   * Asks for a collection when the list has become long.
   *
   * @throws HeapException {@code ENOMEM} when the list is full after that, too
   */
  void make(String what) throws HeapException {
    if (isOver(1)) {
      views.collect(RetiredViews.SELDOM_SECONDS);
    }
    if (isFull()) {
      collectFull();
    }
    if (isFull()) {
      throw new HeapException(
          ("mapping " + what + ": " + views.count() + " views that were given up can't be unmapped")
              + " while byte buffers over them are reachable; drop byte buffers when their access"
              + " ends, and let the VM collect when it is asked to (no -XX:+DisableExplicitGC)",
          Errno.ENOMEM);
    }
  }

  boolean isFull() {
    return isOver(cap);
  }

  /**
   * Who maps and drops much fills the list in less than a second. Where the last collection helped
   * the next one does, too; where it did not, so many byte buffers are in use, and there is none
   * for a second.
   */
  private void collectFull() {
    if (!views.collect(helped ? 0 : 1)) {
      return;
    }
    // What was found dead comes by a thread of the VM.
    for (int i = 0; i < PATIENCE_MILLIS && isOver(cap / 2); i++) {
      LockSupport.parkNanos(MILLI_NANOS);
      views.poll();
    }
    helped = !isOver(cap / 2);
  }

  private boolean isOver(int times) {
    return views.count() >= (long) times * RetiredViews.MAX_VIEWS
        || views.bytes() >= times * maxBytes;
  }
}
