// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.OwnedFd;

/** A descriptor of the fake machine. */
final class FakeFd implements OwnedFd {
  private final FakeMachine machine;
  private final int number;
  final FakeMemory memory;
  private boolean open;

  FakeFd(FakeMachine machine, int number, FakeMemory memory) {
    this.machine = machine;
    this.number = number;
    this.memory = memory;
  }

  FakeFd open() {
    open = true;
    machine.descriptors.put(number, this);
    return this;
  }

  @Override
  public int fd() {
    if (!open) {
      throw new BufferClosedException("descriptor " + number);
    }
    return number;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      machine.descriptors.remove(number);
      machine.release(memory);
    }
  }

  Descriptor describe() {
    boolean dmaBuf =
        machine.info.exports.equals("dma-buf") != machine.has(Fault.EXPORTS_OTHER_KIND);
    return new Descriptor(
        dmaBuf ? "/dmabuf:" : "/memfd:fake (deleted)",
        machine.has(Fault.ONE_INODE) ? 1 : memory.inode,
        memory.size,
        !machine.has(Fault.NO_CLOEXEC),
        dmaBuf ? "fake" : "",
        memory.label);
  }
}
