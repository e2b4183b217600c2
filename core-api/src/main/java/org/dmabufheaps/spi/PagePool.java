// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Keeps cleared memory ready. An optional service of prototype scope: one pool for each heap that
 * asks for one. A heap refers to it with {@code cardinality = OPTIONAL, policy = DYNAMIC,
 * policyOption = GREEDY, scope = PROTOTYPE_REQUIRED}. Thread-safe.
 */
@ProviderType
public interface PagePool {

  /**
   * Takes a cleared buffer.
   *
   * @param size in bytes
   * @return a buffer of at least that size, all zero; {@code null} on a miss: the heap allocates
   *     then
   */
  DmaBufOps take(long size);

  /**
   * Gives a buffer whose memory was cleared and is held by nobody else.
   *
   * @param cleared the buffer
   * @return whether the pool took it; if not, the caller releases it
   */
  boolean give(Recyclable cleared);

  /** Releases all idle memory. */
  void drain();

  /**
   * Returns the idle memory.
   *
   * @return in bytes
   */
  long idleBytes();
}
