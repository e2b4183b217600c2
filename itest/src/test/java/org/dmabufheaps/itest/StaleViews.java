// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

/**
 * The list of retired views, where {@code linux-memory} keeps it: in the system properties, since
 * it outlives the bundle.
 */
final class StaleViews {
  private static final String PROPERTY = "org.dmabufheaps.linux.retired.2";
  private static final int TOTALS = 3;

  private StaleViews() {}

  /** How many retired views still have their address space. */
  static long count() {
    return totals()[0];
  }

  /** How much address space they have, in bytes. */
  static long bytes() {
    return totals()[1];
  }

  private static long[] totals() {
    Object[] shared = (Object[]) System.getProperties().get(PROPERTY);
    synchronized (shared) {
      return ((long[]) shared[TOTALS]).clone();
    }
  }
}
