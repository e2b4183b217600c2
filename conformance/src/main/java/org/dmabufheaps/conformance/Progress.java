// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance;

import org.osgi.annotation.versioning.ConsumerType;

/** Is told how the checks go. What it throws ends the run. */
@ConsumerType
@FunctionalInterface
public interface Progress {
  /** Wants to know nothing. */
  Progress NONE = result -> {};

  /**
   * A check starts.
   *
   * @param check its name
   */
  default void started(String check) {}

  /**
   * A check has ended, or was skipped.
   *
   * @param result how
   */
  void finished(Result result);
}
