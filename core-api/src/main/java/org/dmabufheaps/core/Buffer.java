// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.dmabufheaps.spi.DmaBufOps;
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
  private final Set<Handle> handles = ConcurrentHashMap.newKeySet();
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

  void add(Handle handle) {
    handles.add(handle);
  }

  void remove(Handle handle) {
    handles.remove(handle);
  }

  boolean enter() {
    return uses.enter();
  }

  void exit() {
    if (uses.exit()) {
      Release.of(ops, exporter.name(), log);
      charge.release();
      exporter.forget(this);
    }
  }

  /** Bars clients from all handles; returns those that were open. */
  Stream<Handle> revoke(String reason) {
    return handles.stream().filter(handle -> handle.bar(reason));
  }
}
