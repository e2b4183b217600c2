// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

/** Something that a bundle opened and that is closed when the bundle has stopped. */
interface Owned {
  /** Closes it; must not throw. */
  void closeForOwner();

  /**
   * Whose foreign code closing may run, so that one stuck heap doesn't keep others from closing.
   */
  String heapName();

  /** What it is, for the report. */
  String describe();

  /** Where it was opened, if that was remembered; else {@code null}. */
  default Throwable openedAt() {
    return null;
  }
}
