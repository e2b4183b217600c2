// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Allocates buffers from a heap that is chosen at run time, and imports buffers made elsewhere.
 *
 * <p>A service of bundle scope: what a bundle opens through its instance belongs to that bundle. It
 * is closed when the bundle has stopped, and what had been left open is reported once in the log. A
 * client that always needs the same heap refers to its {@link HeapAllocator} instead, so that
 * Declarative Services follows the heap's coming and going.
 *
 * <p>Thread-safe. No method holds a lock while it calls a heap, so that a heap that stalls delays
 * nobody but its own callers.
 *
 * <p>Every method throws {@link IllegalStateException} once the bundle has stopped.
 */
@ProviderType
public interface AllocationService {

  /**
   * Allocates a buffer. All its bytes are zero, those between the requested and the real size
   * included.
   *
   * <p>Costs what the heap costs: microseconds from a pool, about 0.3 ms per MiB when the kernel
   * has to provide and clear the memory.
   *
   * @param heap a heap's name; one of its aliases; or, when it starts with a parenthesis, an OSGi
   *     filter over the properties of {@link HeapAllocator} services, of which the one with the
   *     highest service ranking is taken
   * @param size in bytes, at least 1; rounded up to what the heap can provide
   * @return an open handle, to be closed by the caller
   * @throws IllegalArgumentException when {@code size} is not positive or too large to be rounded,
   *     or the filter can't be parsed; nothing was called then
   * @throws HeapException when no such heap is available ({@code ENODEV}), a limit or the machine's
   *     memory doesn't allow it ({@code ENOMEM}, {@code EDQUOT}; the message has the budget), the
   *     heap makes no buffers of that size ({@code EINVAL}, see {@link HeapAllocator#MAX_BYTES}),
   *     or the system refused ({@code ENOMEM}, {@code EMFILE}, {@code EACCES}, …)
   */
  DmaBuf allocate(String heap, long size) throws HeapException;

  /**
   * Takes a buffer that somebody else made, by its descriptor. The descriptor is duplicated and
   * stays the caller's.
   *
   * <p>What it is is found out by {@code fstatfs(2)} and its seals: a dma-buf is taken; a memfd is
   * taken if it carries {@code F_SEAL_SHRINK}, since a peer could otherwise truncate it and thereby
   * end this process; anything else is refused. The bytes of an imported buffer are whatever its
   * maker wrote.
   *
   * @param fd an open descriptor of this process, 0 or larger
   * @return an open handle, whose {@link DmaBuf#heap()} is {@code "imported"}
   * @throws IllegalArgumentException when {@code fd} is negative
   * @throws HeapException {@code EBADF} when {@code fd} is not open, {@code EINVAL} when it is no
   *     buffer or not sealed (the message says what it is), {@code EPERM} when {@code fd} is the
   *     runtime's own and was never exported, {@code ENOMEM} when its pages are not there yet and
   *     the budget doesn't have them, {@code EMFILE}, {@code ENODEV} when the bundle {@code
   *     linux-memory} is not there
   */
  DmaBuf importFd(int fd) throws HeapException;

  /**
   * Takes a buffer by a descriptor that was received or exported. As {@link #importFd(int)}, but
   * safe against the descriptor being closed, and its number reused, at the same time.
   *
   * @param fd an open descriptor; it stays the caller's
   * @return an open handle, whose {@link DmaBuf#heap()} is {@code "imported"}
   * @throws IllegalArgumentException when {@code fd} is not of this API
   * @throws BufferClosedException when {@code fd} is closed
   * @throws HeapException as {@link #importFd(int)}
   */
  DmaBuf importFd(OwnedFd fd) throws HeapException;

  /**
   * Opens a handle of the calling bundle's own for a buffer that another bundle allocated, with a
   * mapping of its own: closing one handle leaves the other untouched. The calling bundle is
   * charged the buffer's size in full.
   *
   * @param other an open handle
   * @return an open handle to the same memory
   * @throws BufferClosedException when {@code other} is closed
   * @throws IllegalArgumentException when {@code other} was not made by this service
   * @throws HeapException {@code EDQUOT} when a limit doesn't allow it
   */
  DmaBuf share(DmaBuf other) throws HeapException;

  /**
   * Returns a view of this service that charges what it allocates, imports and shares to an account
   * in addition to the bundle. For brokers that act for others.
   *
   * @param account a name such as {@code "uid:1000"}, 1 to 127 characters
   * @return a view of this service; it needs no closing
   * @throws IllegalArgumentException when the name is empty or too long
   */
  AllocationService forAccount(String account);
}
