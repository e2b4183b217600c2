// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assume.assumeTrue;

import java.util.List;

/**
 * What the running kernel has. A test that needs what is missing is skipped; it fails when the
 * environment variable {@code DMABUF_KERNEL_HAS}, a list with blanks between, names that: who
 * starts a kernel knows what it must have.
 */
final class KernelHas {
  private static final List<String> PROMISED =
      List.of(System.getenv().getOrDefault("DMABUF_KERNEL_HAS", "").strip().split("\\s+", -1));

  private KernelHas() {}

  /** Skips the test, or fails it, when a thing is not there. */
  static void need(String thing, boolean there, String reason) {
    if (!there && PROMISED.contains(thing)) {
      throw new AssertionError(thing + ", which must be there: " + reason);
    }
    assumeTrue(thing + ": " + reason, there);
  }
}
