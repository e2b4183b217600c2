// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ConsumerType;

/** Where a {@link PagePool} gets fresh memory from: the heap that it belongs to. Thread-safe. */
@ConsumerType
@FunctionalInterface
public interface PageSource {

  /**
   * Takes fresh memory, which was admitted as any other ({@link MemoryBudget}).
   *
   * @param bytes a size that {@link PagePool#roundedSize} returned
   * @return memory that is zero, and that nobody else has
   * @throws HeapException when it can't be had
   */
  Recyclable allocate(long bytes) throws HeapException;
}
