// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance;

/** How a check ended. */
public enum Outcome {
  /** The heap keeps the promise. */
  PASS,
  /** It doesn't. */
  FAIL,
  /** The check doesn't apply to this heap, or can't be made on this system. */
  SKIP
}
