// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.Access;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;

/**
 * Counts the CPU accesses to one buffer, over all its handles, and calls the heap once for those
 * that overlap: the kernel doesn't nest. While somebody writes nothing begins or ends for reading
 * alone: on a machine without coherent caches that would throw away what was written. So an access
 * for writing begins as one for both directions, and who joins to read only counts. When the last
 * writer leaves, what was written goes to the devices, and readers that stay begin anew.
 *
 * <p>While one thread calls the heap, others that need a call wait, without a lock being held.
 */
final class CpuAccessCount {
  private final DmaBufOps ops;

  // Guarded by this.
  private int readers;
  private int writers;
  private boolean calling;

  /**
   * What the heap was told has begun; {@code null} for nothing. Of whoever set {@link #calling}.
   */
  private Access begun;

  CpuAccessCount(DmaBufOps ops) {
    this.ops = ops;
  }

  void begin(Access access) throws HeapException {
    Access wanted;
    synchronized (this) {
      awaitCall();
      wanted = access.writes() || writers > 0 ? Access.READ_WRITE : Access.READ;
      if (wanted == begun) {
        count(access, 1);
        return;
      }
      calling = true;
    }
    boolean done = false;
    try {
      change(wanted);
      done = true;
    } finally {
      called(access, done ? 1 : 0);
    }
  }

  void end(Access access) throws HeapException {
    Access wanted;
    synchronized (this) {
      awaitCall();
      wanted = wantedWithout(access);
      if (wanted == begun) {
        count(access, -1);
        return;
      }
      calling = true;
    }
    try {
      change(wanted);
    } finally {
      called(access, -1);
    }
  }

  private Access wantedWithout(Access access) {
    if (writers > (access.writes() ? 1 : 0)) {
      return Access.READ_WRITE;
    }
    return readers > (access.writes() ? 0 : 1) ? Access.READ : null;
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

  private synchronized void called(Access access, int change) {
    count(access, change);
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

  private void awaitCall() {
    while (calling) {
      Deadline.inMillis(60_000).await(this, () -> !calling);
    }
  }
}
