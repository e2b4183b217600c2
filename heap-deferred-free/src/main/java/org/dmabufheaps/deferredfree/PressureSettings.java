// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

/**
 * A configuration that was checked.
 *
 * @param stallMillis how long tasks may wait for memory in a window
 * @param windowMillis the window
 * @param leastAvailablePercent below which there is pressure, where the kernel doesn't tell
 */
record PressureSettings(long stallMillis, long windowMillis, int leastAvailablePercent) {
  static final PressureSettings DEFAULT = new PressureSettings(100, 1_000, 5);

  // What Documentation/accounting/psi.rst allows.
  private static final long LEAST_WINDOW_MILLIS = 500;
  private static final long MOST_WINDOW_MILLIS = 10_000;
  private static final int MOST_PERCENT = 50;

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException with the key, the value and what is allowed
   */
  static PressureSettings of(PressureConfig config) {
    long window = config.window_millis();
    if (window < LEAST_WINDOW_MILLIS || window > MOST_WINDOW_MILLIS) {
      throw new IllegalArgumentException(
          "window.millis = "
              + window
              + ": allowed is "
              + LEAST_WINDOW_MILLIS
              + " to "
              + MOST_WINDOW_MILLIS);
    }
    if (config.stall_millis() < 1 || config.stall_millis() > window) {
      throw new IllegalArgumentException(
          "stall.millis = " + config.stall_millis() + ": allowed is 1 to the window's " + window);
    }
    int percent = config.least_available_percent();
    if (percent < 0 || percent > MOST_PERCENT) {
      throw new IllegalArgumentException(
          "least.available.percent = " + percent + ": allowed is 0 to " + MOST_PERCENT);
    }
    return new PressureSettings(config.stall_millis(), window, percent);
  }
}
