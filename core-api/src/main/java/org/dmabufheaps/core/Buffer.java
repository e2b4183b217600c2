// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.function.LongSupplier;
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
  private List<Admitted> fresh = List.of();
  private final Logger log;
  private final UseCount uses = new UseCount();
  private final CpuAccessCount cpuAccess;
  private volatile String label = "";

  /** How many descriptors of it core has given out that are open; guarded by this. */
  private int exports;

  /** What of {@link #fresh} those keep as taken; guarded by this. */
  private List<Admitted> kept = List.of();

  Buffer(
      long id,
      Exporter exporter,
      DmaBufOps ops,
      long size,
      Charge charge,
      LongSupplier limitMillis,
      Logger log) {
    this.id = id;
    this.exporter = exporter;
    this.ops = ops;
    this.size = size;
    this.charge = charge;
    this.log = log;
    this.cpuAccess = new CpuAccessCount(ops, limitMillis);
  }

  /** Notes what was taken from the system for it; before others know the buffer. */
  void fresh(List<Admitted> memory) {
    fresh = memory;
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
    View last = mapped.surrender();
    if (last == null) {
      Release.of(ops, exporter.name(), log);
    } else {
      Release.of(ops, last, exporter.name(), log);
    }
    released();
  }

  /**
   * A descriptor was given out; by a call that is in. As long as there is one, the memory counts as
   * taken, also when the heap has given its reservation back.
   */
  synchronized void exported() {
    if (exports == 0 && !fresh.isEmpty()) {
      kept = fresh.stream().filter(Admitted::hold).toList();
    }
    exports++;
  }

  /** A descriptor was closed. */
  void unexported() {
    List<Admitted> free;
    synchronized (this) {
      free = --exports == 0 ? kept : List.of();
    }
    free.forEach(Admitted::letGo);
  }

  private void released() {
    charge.release();
    exporter.forget();
  }
}
