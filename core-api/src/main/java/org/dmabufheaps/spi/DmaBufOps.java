// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.util.OptionalLong;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A heap's operations on one buffer: what {@code struct dma_buf_ops} is in the kernel ({@code
 * include/linux/dma-buf.h}). Each heap owns its own; {@code linux-memory} has ready ones.
 *
 * <p>Called by core from any thread, several at a time, with no lock held. Core sees to it that
 * {@link #release} comes last and once, that no call is running then, that accesses are balanced
 * and arguments checked.
 */
@ConsumerType
public interface DmaBufOps {

  /**
   * Returns the real size.
   *
   * @return in bytes, constant, what the kernel says that the memory has
   */
  long size();

  /**
   * Maps the whole buffer, readable and writable. Each call makes a mapping of its own.
   *
   * @return the view, which core retires
   * @throws HeapException when there is no address space or the memory can't be mapped
   */
  View map() throws HeapException;

  /**
   * Begins a CPU access. Core calls this once for accesses that overlap, over all handles, since
   * the kernel doesn't nest: with {@link Access#READ} for those that only read, else with {@link
   * Access#READ_WRITE}, never with {@link Access#WRITE}. When writers join readers, or the last
   * writer leaves them, it ends the one and begins the other.
   *
   * @param access the direction or directions that begin
   * @throws HeapException when the system refuses; then nothing has begun
   */
  default void beginCpuAccess(Access access) throws HeapException {}

  /**
   * Ends a CPU access.
   *
   * @param access as it began
   * @throws HeapException when what was written may be lost
   */
  default void endCpuAccess(Access access) throws HeapException {}

  /**
   * Accepts a device. Core keeps the attachment and its callback.
   *
   * @param device its name
   * @param access what it does with the memory
   * @throws HeapException when the device can't use this memory
   */
  default void attach(String device, Access access) throws HeapException {}

  /**
   * Lets a device go. Must not throw.
   *
   * @param device its name
   * @param access as it was attached
   */
  default void detach(String device, Access access) {}

  /**
   * Lets a device go that nobody detached: the buffer is being taken away, the device has been told
   * so, and nothing says that it is done with the memory. A heap that uses memory again must not do
   * so with this one. Called instead of {@link #detach}. Must not throw.
   *
   * @param device its name
   * @param access as it was attached
   */
  default void abandon(String device, Access access) {
    detach(device, access);
  }

  /**
   * Returns where the memory is, if it is one range of physical memory at a place that was
   * configured and never changes: a carveout, not whatever pages the kernel chose.
   *
   * @return the address of the first byte as the CPU sees it, constant; empty when there is none
   */
  default OptionalLong physicalAddress() {
    return OptionalLong.empty();
  }

  /**
   * Duplicates the buffer's descriptor, close-on-exec.
   *
   * @return a descriptor that core closes; of a class that lives as long as core, such as {@code
   *     linux-memory}'s, since it may outlive the heap
   * @throws HeapException {@code ENOTSUP} when the heap exports nothing; {@code EMFILE}
   */
  default OwnedFd exportFd() throws HeapException {
    throw new HeapException("exporting a buffer of a heap that exports none", Errno.ENOTSUP);
  }

  /**
   * Names the buffer in the kernel's books, if it has such a place.
   *
   * @param text the name, without control characters
   * @throws HeapException when the system refuses
   */
  default void label(String text) throws HeapException {}

  /**
   * Gives the memory back, after all views were retired. Must not throw.
   *
   * <p>May be called, for a result that came too late, when the heap's bundle has been uninstalled:
   * needs no class that was not loaded when the buffer was made.
   */
  void release();

  /**
   * Gives the memory back together with the last view of it: its client has gone, and nobody comes
   * any more. Called instead of {@link View#retire} and {@link #release}; must not throw.
   *
   * <p>A heap that recycles its memory off the caller's path may retire the view there: until then
   * a byte buffer that is still around sees its former owner's content, which is allowed, and never
   * another owner's, which is not. Should this throw, core retires the view, whether that was done
   * or not.
   *
   * @param last the only view that was not retired yet
   */
  default void release(View last) {
    try {
      last.retire();
    } finally {
      release();
    }
  }

  /**
   * Returns the platform's own buffer on which this one rests. If {@link #release} fails because
   * the heap's bundle is gone, core releases that one instead. Must be nothing but a field access.
   *
   * @return this, or a buffer of {@code linux-memory}
   */
  default DmaBufOps platform() {
    return this;
  }
}
