// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.osgi.service.log.Logger;

/**
 * One piece of memory, shared by its handles and the calls that are using it. The last to leave
 * releases it.
 */
final class Buffer {
  private final long id;
  private final Exporter exporter;
  private final DmaBufOps ops;
  private final long size;
  private final Charge charge;
  private Admission admission;
  private long freshBytes;
  private final Logger log;
  private final UseCount uses = new UseCount();
  private final CpuAccessCount cpuAccess;
  private volatile String label = "";

  /** How many descriptors of it core has given out that are open; guarded by this. */
  private int exports;

  /** Whether those keep memory that the heap has let go. */
  private boolean kept;

  Buffer(long id, Exporter exporter, DmaBufOps ops, long size, Charge charge, Logger log) {
    this.id = id;
    this.exporter = exporter;
    this.ops = ops;
    this.size = size;
    this.charge = charge;
    this.log = log;
    this.cpuAccess = new CpuAccessCount(ops);
  }

  /** So much was taken from the system for it; said before others know the buffer. */
  void fresh(Admission by, long bytes) {
    admission = by;
    freshBytes = bytes;
  }

  long id() {
    return id;
  }

  Exporter exporter() {
    return exporter;
  }

  DmaBufOps ops() {
    return ops;
  }

  long size() {
    return size;
  }

  CpuAccessCount cpuAccess() {
    return cpuAccess;
  }

  String label() {
    return label;
  }

  void label(String text) {
    label = text;
  }

  boolean enter() {
    return uses.enter();
  }

  void exit() {
    if (uses.exit()) {
      keep();
      Release.of(ops, exporter.name(), log);
      released();
    }
  }

  /**
   * Leaves with a view, if there is one. The last to leave hands both to the heap, which may retire
   * the view later; as long as others are in, it is retired at once, since they may let the memory
   * change.
   */
  void exit(MappedView mapped) {
    if (mapped == null) {
      exit();
      return;
    }
    if (!uses.exitIfAlone()) {
      mapped.close();
      exit();
      return;
    }
    keep();
    View last = mapped.surrender();
    if (last == null) {
      Release.of(ops, exporter.name(), log);
    } else {
      Release.of(ops, last, exporter.name(), log);
    }
    released();
  }

  /** A descriptor was given out; by a call that is in. */
  synchronized void exported() {
    exports++;
  }

  /** A descriptor was closed. */
  void unexported() {
    boolean back;
    synchronized (this) {
      exports--;
      back = kept && exports == 0;
      kept = kept && !back;
    }
    if (back) {
      admission.returned(freshBytes);
    }
  }

  /**
   * Counts the memory as taken, before the heap gives its reservation back, as long as descriptors
   * keep it alive.
   */
  private void keep() {
    if (freshBytes == 0) {
      return;
    }
    synchronized (this) {
      if (exports == 0) {
        return;
      }
      kept = true;
    }
    admission.kept(freshBytes);
  }

  private void released() {
    charge.release();
    exporter.forget();
  }
}
