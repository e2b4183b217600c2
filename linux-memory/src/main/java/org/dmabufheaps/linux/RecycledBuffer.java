// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxBuffer.Origin;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Recyclable;
import org.dmabufheaps.spi.View;

/**
 * A buffer that goes back to its heap's cycle when it is released, mapping included: who gets it
 * next finds it mapped, populated and zero.
 */
final class RecycledBuffer implements Recyclable {
  private final Kernel kernel;
  private final LinuxBuffer buffer;
  private final MemoryCycle cycle;

  /** The kind of memory that the heap had when this was made. */
  private final Object kind;

  /** A mapping that nobody has seen; whoever maps first gets it. */
  private final AtomicReference<Mapping> unseen;

  /** The mappings that its client has or had; guarded by itself. */
  private final List<Mapping> lent = new ArrayList<>(1);

  /** Whether no client has it: it is new, or lies in the pool, which may release it. */
  private volatile boolean idle = true;

  /** Whether others may have its descriptor, or had since it was last proved that they don't. */
  private volatile boolean exported;

  /** Whether a device never said that it is done. */
  private volatile boolean abandoned;

  /** A name for the kernel's books, told when somebody else may look there. */
  private volatile String label = "";

  RecycledBuffer(Kernel kernel, LinuxBuffer buffer, MemoryCycle cycle, Object kind) {
    this.kernel = kernel;
    this.buffer = buffer;
    this.cycle = cycle;
    this.kind = kind;
    this.unseen = new AtomicReference<>(buffer.takeUnseen());
  }

  /** Whether it is of the kind of memory that the heap has now. */
  boolean isOf(Object now) {
    return kind == now;
  }

  /** Begins the time of a client. */
  void lend(String name) {
    label = name;
    idle = false;
  }

  /** Ends the time of a client: what follows is done by the pool. */
  void rest() {
    idle = true;
  }

  @Override
  public long size() {
    return buffer.size();
  }

  @Override
  public View map() throws HeapException {
    Mapping ready = unseen.getAndSet(null);
    Mapping view = ready != null ? ready : (Mapping) buffer.map();
    synchronized (lent) {
      lent.add(view);
    }
    return view;
  }

  @Override
  public void beginCpuAccess(Access access) throws HeapException {
    buffer.beginCpuAccess(access);
  }

  @Override
  public void endCpuAccess(Access access) throws HeapException {
    buffer.endCpuAccess(access);
  }

  @Override
  public void attach(String device, Access access) throws HeapException {
    buffer.attach(device, access);
  }

  @Override
  public void detach(String device, Access access) {
    buffer.detach(device, access);
  }

  @Override
  public void abandon(String device, Access access) {
    abandoned = true;
    buffer.abandon(device, access);
  }

  @Override
  public OwnedFd exportFd() throws HeapException {
    if (!exported) {
      exported = true;
      buffer.tryLabel(label);
    }
    return buffer.exportFd();
  }

  @Override
  public void label(String text) throws HeapException {
    label = text;
    buffer.label(text);
  }

  @Override
  public void release() {
    if (idle) {
      discard(null);
    } else {
      cycle.freed(this, null);
    }
  }

  @Override
  public void release(View last) {
    cycle.freed(this, (Mapping) last);
  }

  @Override
  public DmaBufOps platform() {
    return buffer;
  }

  /** Whether nobody can have changed it, or kept anything of it, since it was zero. */
  boolean isUntouched() {
    return !exported && !abandoned && unseen.get() != null;
  }

  /** Whether it can be used again at all; if not, that need not be tried. */
  boolean mayRecycle() {
    return !abandoned && (!exported || buffer.origin() == Origin.DMA_BUF);
  }

  /**
   * Makes it ready for the next client: waits for nobody, parts the former client's views, proves
   * that nobody else has it, and clears it.
   *
   * @param last the former client's view; {@code null} when there was none. It is retired, whatever
   *     comes of this
   * @return whether it is ready
   */
  boolean renew(Mapping last) throws HeapException {
    Mapping mapping = last == null ? (Mapping) map() : last.renewed(buffer.fd());
    if (mapping == null) {
      return false;
    }
    boolean ready = false;
    try {
      ready = allParted(last == null ? mapping : last) && !heldElsewhere(mapping);
      if (ready) {
        clear(mapping);
        exported = false;
        unseen.set(mapping);
      }
      return ready;
    } finally {
      if (!ready) {
        mapping.retire();
      }
    }
  }

  /** Whether no view but this one, which was seen to, can still show the memory. */
  private boolean allParted(Mapping seenTo) {
    synchronized (lent) {
      boolean parted = lent.stream().allMatch(view -> view == seenTo || view.isParted());
      lent.clear();
      return parted;
    }
  }

  private boolean heldElsewhere(Mapping ours) throws HeapException {
    if (!mayRecycle()) {
      return true;
    }
    if (!exported) {
      return false;
    }
    int mappings = ours == null ? 0 : 1;
    return !cycle.pinsRefused(buffer.fd()) || buffer.fd().with(number -> isHeld(number, mappings));
  }

  /**
   * Counts our own descriptor and mapping, and asks after that whether a device is at work: once
   * the count is ours alone nobody is left who could give it any.
   */
  private boolean isHeld(int number, int mappings) throws HeapException {
    return FdInfo.of(kernel.sys(), number).count() != 1 + mappings
        || !Poll.isWritable(kernel.sys(), number);
  }

  private void clear(Mapping mapping) throws HeapException {
    buffer.beginCpuAccess(Access.WRITE);
    try {
      mapping.clear();
    } finally {
      buffer.endCpuAccess(Access.WRITE);
    }
  }

  /** Maps fresh memory, so that whoever gets it meets no fault. */
  void populate() throws HeapException {
    if (unseen.get() != null) {
      return;
    }
    Mapping mapping = (Mapping) buffer.map();
    mapping.populate();
    unseen.set(mapping);
  }

  @Override
  public boolean heldElsewhere() {
    try {
      return heldElsewhere(unseen.get());
    } catch (HeapException e) {
      return true;
    }
  }

  @Override
  public void clear() throws HeapException {
    Mapping mapping = (Mapping) map();
    clear(mapping);
    allParted(mapping);
    unseen.set(mapping);
  }

  /** Gives the memory back to the system. */
  void discard(Mapping last) {
    if (last != null) {
      last.retire();
    }
    Mapping ready = unseen.getAndSet(null);
    if (ready != null) {
      ready.retire();
    }
    buffer.release();
  }

  @Override
  public String toString() {
    return buffer.toString();
  }
}
