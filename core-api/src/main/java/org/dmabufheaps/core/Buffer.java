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
  private final Logger log;
  private final UseCount uses = new UseCount();
  private final CpuAccessCount cpuAccess;
  private volatile String label = "";

  Buffer(long id, Exporter exporter, DmaBufOps ops, long size, Charge charge, Logger log) {
    this.id = id;
    this.exporter = exporter;
    this.ops = ops;
    this.size = size;
    this.charge = charge;
    this.log = log;
    this.cpuAccess = new CpuAccessCount(ops);
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
      Release.of(ops, exporter.name(), log);
      released();
    }
  }

  /**
   * Leaves with a view. The last to leave hands both to the heap, which may retire the view later;
   * as long as others are in, it is retired at once, since they may let the memory change.
   */
  void exit(MappedView mapped) {
    if (!uses.exitIfAlone()) {
      mapped.close();
      exit();
      return;
    }
    View last = mapped.surrender();
    if (last == null) {
      Release.of(ops, exporter.name(), log);
    } else {
      Release.of(ops, last, exporter.name(), log);
    }
    released();
  }

  private void released() {
    charge.release();
    exporter.forget();
  }
}
