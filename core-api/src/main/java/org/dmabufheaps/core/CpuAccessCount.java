// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.function.LongSupplier;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;

/**
 * Counts the CPU accesses to one buffer, over all its handles, and calls the heap once for those
 * that overlap: the kernel doesn't nest. While somebody writes nothing begins or ends for reading
 * alone: on a machine without coherent caches that would throw away what was written. So an access
 * for writing begins as one for both directions, and who joins to read only counts. When the last
 * writer leaves, what was written goes to the devices, and readers that stay begin anew.
 *
 * <p>While one thread calls the heap, others that need a call wait, without a lock being held, and
 * no longer than a limit: a heap that is stuck must not keep the other handles from being closed.
 */
final class CpuAccessCount {
  private final DmaBufOps ops;
  private final LongSupplier limitMillis;

  // Guarded by this.
  private int readers;
  private int writers;
  private boolean calling;

  /** Whether somebody has given up waiting for the call that is going on. */
  private boolean left;

  /**
   * What the heap was told has begun; {@code null} for nothing. Of whoever set {@link #calling}.
   */
  private Access begun;

  CpuAccessCount(DmaBufOps ops, LongSupplier limitMillis) {
    this.ops = ops;
    this.limitMillis = limitMillis;
  }

  void begin(Access access) throws HeapException {
    Access wanted;
    synchronized (this) {
      awaitCall("beginning", access);
      wanted = access.writes() || writers > 0 ? Access.READ_WRITE : Access.READ;
      if (wanted == begun) {
        count(access, 1);
        return;
      }
      calling = true;
    }
    tell(wanted, access, 1, 0);
  }

  /** When the wait is too long the access ends all the same, and the heap is told later. */
  void end(Access access) throws HeapException {
    Access wanted;
    synchronized (this) {
      try {
        awaitCall("ending", access);
      } catch (HeapException e) {
        count(access, -1);
        throw e;
      }
      wanted = wantedWithout(access);
      if (wanted == begun) {
        count(access, -1);
        return;
      }
      calling = true;
    }
    tell(wanted, access, -1, -1);
  }

  private Access wantedWithout(Access access) {
    if (writers > (access.writes() ? 1 : 0)) {
      return Access.READ_WRITE;
    }
    return readers > (access.writes() ? 0 : 1) ? Access.READ : null;
  }

  private void tell(Access wanted, Access access, int told, int refused) throws HeapException {
    boolean done = false;
    try {
      change(wanted);
      done = true;
    } finally {
      called(access, done ? told : refused);
    }
  }

  /** Should the heap refuse half-way, nothing has begun: the next access begins. */
  private void change(Access wanted) throws HeapException {
    Access before = begun;
    begun = null;
    if (before != null) {
      ops.endCpuAccess(before);
    }
    if (wanted != null) {
      ops.beginCpuAccess(wanted);
      begun = wanted;
    }
  }

  /** Ends a call; does first what others left to it that could not wait any longer. */
  private void called(Access access, int change) {
    synchronized (this) {
      count(access, change);
      if (!left || begun == null || writers + readers > 0) {
        callEnded();
        return;
      }
      left = false;
    }
    try {
      change(null);
    } catch (HeapException e) {
      return; // whoever ended the access was told that the heap had not been
    } finally {
      synchronized (this) {
        callEnded();
      }
    }
  }

  private void callEnded() {
    left = false;
    calling = false;
    notifyAll();
  }

  /** Who does both counts as a writer. */
  private void count(Access access, int change) {
    if (access.writes()) {
      writers += change;
    } else {
      readers += change;
    }
  }

  /** Of a call that was waited for in vain nobody waits for the end again. */
  private void awaitCall(String verb, Access access) throws HeapException {
    if (!calling) {
      return;
    }
    long limit = limitMillis.getAsLong();
    if (!left && Deadline.inMillis(limit).await(this, () -> !calling || left) && !calling) {
      return;
    }
    left = true;
    throw new HeapException(
        verb
            + " CPU access "
            + access
            + " to a buffer about which another call into the heap has"
            + " not returned in "
            + limit
            + " ms",
        Errno.ETIMEDOUT);
  }
}
