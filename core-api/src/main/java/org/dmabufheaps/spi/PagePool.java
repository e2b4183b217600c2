// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Keeps cleared memory ready. An optional service of prototype scope: one pool for each heap that
 * asks for one. A heap refers to it with {@code cardinality = OPTIONAL, policy = DYNAMIC,
 * policyOption = GREEDY, scope = PROTOTYPE_REQUIRED}, and makes its own by {@code
 * BundleContext.getServiceObjects}: Felix SCR 2.2 keeps each that it injects itself until the
 * heap's component is deactivated. Thread-safe.
 */
@ProviderType
public interface PagePool {

  /**
   * Takes a cleared buffer.
   *
   * @param request the size, and how much more it may be
   * @return a buffer of at least that size, all zero; {@code null} on a miss: the heap allocates
   *     then
   */
  DmaBufOps take(AllocationRequest request);

  /**
   * Gives a buffer whose memory was cleared and is held by nobody else.
   *
   * @param cleared the buffer
   * @return whether the pool took it; if not, the caller releases it
   */
  boolean give(Recyclable cleared);

  /**
   * Returns the size that fresh memory should have, so that it can be taken again for every size of
   * its class.
   *
   * @param size in bytes, a multiple of the page size
   * @return in bytes, a multiple of the page size, at least {@code size}
   */
  long roundedSize(long size);

  /**
   * Tells where fresh memory comes from, for what the pool keeps ready in advance. Until it is
   * told, the pool keeps only what it is given.
   *
   * @param source the heap's own memory
   */
  void refillFrom(PageSource source);

  /**
   * Tells that a buffer is missing: one was freed whose memory can't be used again, since its
   * descriptor went to somebody, or a client had to wait for its clearing. The pool may get fresh
   * memory of that size in the background.
   *
   * @param size in bytes
   */
  void lost(long size);

  /** Releases all idle memory. Returns when it is released. */
  void drain();

  /**
   * Returns the idle memory.
   *
   * @return in bytes
   */
  long idleBytes();

  /**
   * Returns counts, for people to read.
   *
   * @return by name, such as {@code "pool hits"}
   */
  Map<String, Long> statistics();
}
