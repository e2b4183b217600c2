// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.Access;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;

/**
 * Counts the CPU accesses to one buffer by direction, over all its handles: the kernel doesn't
 * nest, and beginning to read while another writes would throw away, on a machine without coherent
 * caches, what was written. The first access of a direction begins it, the last one ends it.
 *
 * <p>While one thread calls the heap, others that need a call wait, without a lock being held.
 */
final class CpuAccessCount {
  private final DmaBufOps ops;

  // Guarded by this.
  private int readers;
  private int writers;
  private boolean calling;

  CpuAccessCount(DmaBufOps ops) {
    this.ops = ops;
  }

  void begin(Access access) throws HeapException {
    Access first;
    synchronized (this) {
      awaitCall();
      first = directions(access.reads() && readers == 0, access.writes() && writers == 0);
      if (first == null) {
        count(access, 1);
        return;
      }
      calling = true;
    }
    boolean begun = false;
    try {
      ops.beginCpuAccess(first);
      begun = true;
    } finally {
      called(access, begun ? 1 : 0);
    }
  }

  void end(Access access) throws HeapException {
    Access last;
    synchronized (this) {
      awaitCall();
      last = directions(access.reads() && readers == 1, access.writes() && writers == 1);
      if (last == null) {
        count(access, -1);
        return;
      }
      calling = true;
    }
    try {
      ops.endCpuAccess(last);
    } finally {
      called(access, -1);
    }
  }

  private synchronized void called(Access access, int change) {
    count(access, change);
    calling = false;
    notifyAll();
  }

  private void count(Access access, int change) {
    readers += access.reads() ? change : 0;
    writers += access.writes() ? change : 0;
  }

  private void awaitCall() {
    while (calling) {
      Deadline.inMillis(60_000).await(this, () -> !calling);
    }
  }

  private static Access directions(boolean read, boolean write) {
    if (read) {
      return write ? Access.READ_WRITE : Access.READ;
    }
    return write ? Access.WRITE : null;
  }
}
