// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

/**
 * What a heap holds besides live buffers, in bytes.
 *
 * @param pooledBytes idle memory in its page pool
 * @param pendingFreeBytes memory in its freelist
 * @param quarantinedBytes memory that must not be used again yet, since somebody still holds it
 */
public record HeapUsage(long pooledBytes, long pendingFreeBytes, long quarantinedBytes) {
  /** Nothing. */
  public static final HeapUsage NONE = new HeapUsage(0, 0, 0);
}
