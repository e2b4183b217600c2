// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A bounded piece of memory that is cut into buffers: what a carveout, a chunk heap and an area of
 * CMA are made of. Made by {@link LinuxMemory#region}; thread-safe.
 *
 * <p>All of it is zero when the region is made, and a slice is zeroed when it is freed, so that
 * every buffer is zero on arrival. A buffer that was exported has a dma-buf of its own, a udmabuf
 * over its slice alone; the region's own descriptor never leaves the process.
 *
 * <p>A slice returns to its region only when it is proved that nobody else holds it. Until then it
 * is in quarantine: reported once, tried again when somebody allocates or asks for {@link #info},
 * and by a thread that lives only while there is something to try.
 */
@ProviderType
public interface Region extends AutoCloseable {

  /**
   * Cuts a buffer. Asks for no admission, since the memory was taken when the region was made.
   *
   * @param request the size; rounded up to the placement's granule
   * @return the buffer, all zero
   * @throws HeapException {@code ENOMEM} when no free run serves, with the bytes free and the
   *     largest run in the message; {@code EINVAL} for more than {@link RegionInfo#maxBytes}, which
   *     the message has; {@code ENODEV} after {@link #close}; {@code EMFILE}
   */
  DmaBufOps allocate(AllocationRequest request) throws HeapException;

  /**
   * Tells how the region stands, after another try at what is in quarantine.
   *
   * @return a snapshot
   */
  RegionInfo info();

  /**
   * Closes the region, and its memory goes back at once, unless somebody has a part of it: a buffer
   * that lives or is being made, or a slice in quarantine. Then nothing is changed.
   *
   * @return whether it is closed now
   */
  boolean closeIfIdle();

  /**
   * Ends allocation: the owner is done. Buffers that live keep their memory until they are
   * released; what is in quarantine stays with whoever holds it and is not used again. Never
   * throws; a second call does nothing.
   */
  @Override
  void close();
}
