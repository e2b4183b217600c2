// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a heap holds besides live buffers, in bytes, and what it counts.
 *
 * @param pooledBytes idle memory in its page pool
 * @param pendingFreeBytes memory in its freelist
 * @param quarantinedBytes memory that must not be used again yet, since somebody still holds it
 * @param statistics what else there is to tell people, by names such as {@code "pool hits"}; a name
 *     that ends in {@code bytes} is a size
 */
public record HeapUsage(
    long pooledBytes, long pendingFreeBytes, long quarantinedBytes, Map<String, Long> statistics) {
  /** Nothing. */
  public static final HeapUsage NONE = new HeapUsage(0, 0, 0);

  /**
   * Copies the statistics, in the order of their names.
   *
   * @throws NullPointerException when a name is null
   */
  public HeapUsage {
    statistics = Collections.unmodifiableMap(new TreeMap<>(statistics));
  }

  /**
   * Says a usage without statistics.
   *
   * @param pooledBytes idle memory in its page pool
   * @param pendingFreeBytes memory in its freelist
   * @param quarantinedBytes memory that must not be used again yet
   */
  public HeapUsage(long pooledBytes, long pendingFreeBytes, long quarantinedBytes) {
    this(pooledBytes, pendingFreeBytes, quarantinedBytes, Map.of());
  }
}
