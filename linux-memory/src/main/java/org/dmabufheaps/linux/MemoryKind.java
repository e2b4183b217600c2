// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;

/** The kind of memory that a heap has, and whether this kernel lets its pages be pinned. */
final class MemoryKind {
  private final Recycler.Fresh fresh;

  /** {@code null} as long as that was not asked. */
  private volatile Boolean pinsRefused;

  MemoryKind(Recycler.Fresh fresh) {
    this.fresh = fresh;
  }

  Recycler.Fresh fresh() {
    return fresh;
  }

  /**
   * Whether the kernel refuses to pin pages of this kind; asked once.
   *
   * @param memory some of it
   */
  boolean pinsRefused(Kernel kernel, Fd memory) {
    Boolean known = pinsRefused;
    if (known == null) {
      known = ask(kernel, memory);
      pinsRefused = known;
    }
    return known;
  }

  /** Where that can't be found out, they may be pinned. */
  private static boolean ask(Kernel kernel, Fd memory) {
    try {
      return PinProbe.refused(kernel, memory);
    } catch (HeapException e) {
      return false;
    }
  }
}
