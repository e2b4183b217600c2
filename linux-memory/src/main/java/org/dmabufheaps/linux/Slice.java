// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.OptionalLong;
import java.util.function.Consumer;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** A buffer that was cut from a region. */
final class Slice implements DmaBufOps {
  private final SliceMemory memory;
  private final Consumer<SliceMemory> released;
  private final Unclosed.Watched watched;

  /**
   * Makes one.
   *
   * @param released takes the memory when the buffer is released, or was lost
   */
  Slice(Kernel kernel, SliceMemory memory, Consumer<SliceMemory> released) {
    this.memory = memory;
    this.released = released;
    this.watched = kernel.unclosed().watch(this, () -> released.accept(memory));
  }

  SliceMemory memory() {
    return memory;
  }

  @Override
  public long size() {
    return memory.bytes();
  }

  @Override
  public View map() throws HeapException {
    return memory.map();
  }

  @Override
  public void beginCpuAccess(Access access) throws HeapException {
    if (memory.dmaBuf() != null) {
      memory.dmaBuf().beginCpuAccess(access);
    }
  }

  @Override
  public void endCpuAccess(Access access) throws HeapException {
    if (memory.dmaBuf() != null) {
      memory.dmaBuf().endCpuAccess(access);
    }
  }

  @Override
  public void attach(String device, Access access) {
    memory.attached(device);
  }

  @Override
  public void detach(String device, Access access) {
    memory.detached(device);
  }

  /** It stays attached: nothing says that it is done. */
  @Override
  public void abandon(String device, Access access) {}

  @Override
  public OptionalLong physicalAddress() {
    return memory.memory().physicalAddress(memory.ranges());
  }

  @Override
  public OwnedFd exportFd() throws HeapException {
    if (memory.dmaBuf() == null) {
      throw new HeapException(
          "exporting " + memory + ", which is none: " + memory.memory().traits().reason(),
          Errno.ENOTSUP);
    }
    memory.exported();
    return memory.dmaBuf().exportFd();
  }

  @Override
  public void label(String text) throws HeapException {
    if (memory.dmaBuf() != null) {
      memory.dmaBuf().label(text);
    }
  }

  @Override
  public void release() {
    if (watched.closed()) {
      released.accept(memory);
    }
  }

  @Override
  public String toString() {
    return memory.toString();
  }
}
