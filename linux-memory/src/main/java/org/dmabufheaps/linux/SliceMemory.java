// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dmabufheaps.HeapException;

/** A piece of a region that was cut out, until it has returned; outlives the buffer over it. */
final class SliceMemory {
  private final Kernel kernel;
  private final PinProbe pins;
  private final RegionMemory memory;
  private final List<Range> ranges;
  private final String what;

  /** Its dma-buf; {@code null} where the region exports none. */
  private final LinuxBuffer dmaBuf;

  private final Set<Mapping> views = ConcurrentHashMap.newKeySet();

  /** By device: how often it is attached. */
  private final Map<String, Integer> devices = new ConcurrentHashMap<>();

  private volatile boolean exported;

  /** What was found out last about it; the dma-buf is closed once that allows it. */
  private Proof proof = Proof.held("");

  /** How often it was asked about in vain; used by whoever took it out of quarantine. */
  int attempts;

  SliceMemory(
      Kernel kernel,
      PinProbe pins,
      RegionMemory memory,
      List<Range> ranges,
      LinuxBuffer dmaBuf,
      String what) {
    this.kernel = kernel;
    this.pins = pins;
    this.memory = memory;
    this.ranges = ranges;
    this.dmaBuf = dmaBuf;
    this.what = what;
  }

  RegionMemory memory() {
    return memory;
  }

  List<Range> ranges() {
    return ranges;
  }

  long bytes() {
    return RegionMemory.bytes(ranges);
  }

  LinuxBuffer dmaBuf() {
    return dmaBuf;
  }

  Mapping map() throws HeapException {
    views.removeIf(Mapping::isParted);
    Mapping view = dmaBuf == null ? memory.map(ranges, what) : (Mapping) dmaBuf.map();
    views.add(view);
    return view;
  }

  /** From now on others may have it. */
  void exported() {
    exported = true;
  }

  void attached(String device) {
    devices.merge(device, 1, Integer::sum);
  }

  void detached(String device) {
    devices.computeIfPresent(device, (name, count) -> count == 1 ? null : count - 1);
  }

  /** Finds out whether it may be used again. Never asked by two threads at once. */
  Proof prove() {
    if (proof.verdict() == Proof.Verdict.HELD) {
      proof = ask();
    }
    if (proof.verdict() == Proof.Verdict.FREE || proof.verdict() == Proof.Verdict.RENEW) {
      forsake();
    }
    return proof;
  }

  private Proof ask() {
    views.forEach(Mapping::retire);
    if (!views.stream().allMatch(Mapping::isParted)) {
      return Proof.held("a view of it could not be replaced yet");
    }
    if (memory.traits().physicalAddress().isPresent() && !devices.isEmpty()) {
      return Proof.never(devices.keySet() + " was attached to it and never detached");
    }
    return dmaBuf == null ? Proof.FREE : askKernel();
  }

  /** Of one that was never exported, the views were all that there was. */
  private Proof askKernel() {
    if (!exported) {
      return Proof.FREE;
    }
    try {
      long others = dmaBuf.fd().with(this::others);
      if (others != 0) {
        return Proof.held(others < 0 ? "a device is at work on it" : others + " others hold it");
      }
    } catch (HeapException e) {
      return Proof.held("who holds it can't be asked: " + e.getMessage());
    }
    if (pins.refused(kernel)) {
      return Proof.FREE;
    }
    return memory.traits().renewable()
        ? Proof.RENEW
        : Proof.never("it was exported, and this kernel lets its pages be pinned");
  }

  /**
   * Returns how many references there are besides our own; negative when a fence is pending. That
   * is asked last: once the only reference is ours, nobody can add another fence.
   */
  private long others(int number) throws HeapException {
    long others = FdInfo.of(kernel.sys(), number).count() - 1;
    return others == 0 && !Poll.isWritable(kernel.sys(), number) ? -1 : others;
  }

  /** Uses once what {@link #prove} may need. */
  void preload() throws HeapException {
    dmaBuf.fd().with(this::others);
    pins.refused(kernel);
  }

  /** Lets go of what this process has of it. */
  void forsake() {
    views.forEach(Mapping::retire);
    if (dmaBuf != null) {
      dmaBuf.release();
    }
  }

  @Override
  public String toString() {
    return what;
  }
}
