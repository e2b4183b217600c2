// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.util.OptionalLong;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A handle to a buffer of shareable memory, owned by the bundle that opened it.
 *
 * <p>The memory lives until its last handle, exported descriptor, mapping and importing device is
 * gone, wherever those are. When the heap's bundle stops, the handle is closed from outside
 * (revoked), while descriptors that were exported stay valid: the kernel keeps their memory.
 *
 * <p>Thread-safe. After {@link #close()} or revocation every method but {@code close}, {@link
 * #isOpen}, {@link #heap} and {@link #size} throws {@link BufferClosedException}.
 */
@ProviderType
public interface DmaBuf extends AutoCloseable {

  /**
   * Returns the name of the heap.
   *
   * @return the name that the heap had when the buffer was allocated, or {@code "imported"}
   */
  String heap();

  /**
   * Returns the real size of the memory.
   *
   * @return the size in bytes, at least what was asked for, all of it usable
   */
  long size();

  /**
   * Begins an access by the CPU: makes what devices wrote visible and, at its end, what the CPU
   * wrote visible to devices ({@code DMA_BUF_IOCTL_SYNC}). Waits for devices that are still at work
   * on the buffer. Accesses may nest and overlap, on all handles of a buffer.
   *
   * <p>The first access maps the memory; later ones cost one system call on a dma-buf and none on
   * other memory.
   *
   * @param access what the CPU will do; it decides the direction of the synchronisation
   * @return the access, to be closed when it is over
   * @throws BufferClosedException when the handle is closed
   * @throws HeapException when the memory can't be mapped ({@code ENOMEM}) or synchronised
   */
  CpuAccess beginCpuAccess(Access access) throws HeapException;

  /**
   * Returns a new descriptor of the buffer, close-on-exec, for a driver or another process.
   *
   * @return a descriptor of the caller's own; it stays valid after this handle is closed, until it
   *     is closed itself or its bundle stops
   * @throws BufferClosedException when the handle is closed
   * @throws HeapException {@code EMFILE}; {@code ENOTSUP} when the heap exports nothing
   */
  OwnedFd exportFd() throws HeapException;

  /**
   * Records that a device uses the buffer until the attachment is closed.
   *
   * @param device the device's name, for the books
   * @param access what the device does with the memory
   * @param onRevoke called once, on any thread and with no lock held, if the buffer is taken away
   *     before the attachment was closed: the device must let go of it, and the attachment be
   *     closed to say so. A device whose attachment is open when this returns is taken for one that
   *     may use the memory for ever, and the heap doesn't use it again. It must return quickly and
   *     must not call the framework
   * @return the attachment, to be closed when the device is done
   * @throws BufferClosedException when the handle is closed
   * @throws HeapException when the heap refuses the device
   */
  Attachment attach(String device, Access access, Runnable onRevoke) throws HeapException;

  /**
   * Names the buffer, in the books and, for a dma-buf, in the kernel's ({@code DMA_BUF_SET_NAME}:
   * {@code /proc/PID/fdinfo}, {@code /proc/PID/maps}), where the first 31 bytes of it are kept.
   *
   * @param text at most 127 characters, none of them a control character
   * @throws IllegalArgumentException when the text is too long or has control characters
   * @throws BufferClosedException when the handle is closed
   * @throws HeapException when the system refuses
   */
  void label(String text) throws HeapException;

  /**
   * Returns where the memory is, if it is one range of physical memory at a place that was
   * configured and never changes, such as a carveout's: for a device that takes addresses and no
   * descriptors. {@link #attach} says that such a device is at work.
   *
   * @return the address of the first byte as the CPU sees it; empty when the memory has no such
   *     place
   * @throws BufferClosedException when the handle is closed
   * @throws HeapException when the heap fails to tell
   */
  default OptionalLong physicalAddress() throws HeapException {
    return OptionalLong.empty();
  }

  /**
   * Tells whether the handle can still be used.
   *
   * @return {@code false} after {@link #close()} or revocation
   */
  boolean isOpen();

  /**
   * Gives the handle back: ends its accesses, detaches its devices, retires its views. A byte
   * buffer that is still around has no part of the memory any more: it reads zeros, or what was
   * written to it since, which nobody else sees and which is thrown away from time to time. Never
   * throws; a second call does nothing.
   */
  @Override
  void close();
}
