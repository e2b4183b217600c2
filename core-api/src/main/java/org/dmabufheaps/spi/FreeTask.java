// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.osgi.annotation.versioning.ConsumerType;

/** A deferred release. */
@ConsumerType
@FunctionalInterface
public interface FreeTask {

  /**
   * Frees the memory. Must not throw; if it does, the freelist goes on.
   *
   * @param reason why now; {@link Reason#UNDER_PRESSURE} asks to bypass pools and not to clear what
   *     goes back to the system anyway
   */
  void free(Reason reason);

  /** Why a task runs. */
  enum Reason {
    /** Its turn came. */
    NORMAL,
    /** The system is short of memory. */
    UNDER_PRESSURE
  }
}
