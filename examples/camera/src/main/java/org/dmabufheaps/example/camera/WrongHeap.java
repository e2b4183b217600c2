// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import org.dmabufheaps.HeapException;

/** The driver refused a buffer for the memory that it is. The message says which heap to take. */
public final class WrongHeap extends HeapException {
  private static final long serialVersionUID = 1L;

  private final String needs;

  WrongHeap(String message, HeapException cause, String needs) {
    super(message, cause.errnoName(), cause.errno());
    initCause(cause);
    this.needs = needs;
  }

  /**
   * Returns what the driver takes.
   *
   * @return a filter over the properties of {@code HeapAllocator} services
   */
  public String needs() {
    return needs;
  }
}
