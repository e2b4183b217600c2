// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

/**
 * A promise of a heap, and how it is put to the test.
 *
 * @param name a sentence that holds for a heap that keeps it
 * @param body throws when it doesn't
 */
record Check(String name, Body body) {

  /** What a check does. */
  @FunctionalInterface
  interface Body {
    /**
     * Tries the heap.
     *
     * @throws Failed when the promise is broken
     * @throws Skipped when it doesn't apply
     * @throws Exception anything else is a failure too
     */
    void run(Trial trial) throws Exception;
  }

  /** The promise is broken. */
  static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failed(String expected, String seen) {
      super("expected " + expected + "; saw " + seen);
    }
  }

  /** The promise isn't made, or can't be checked. */
  static final class Skipped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Skipped(String reason) {
      super(reason);
    }
  }
}
