// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import org.dmabufheaps.spi.ConfigValues;

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
  static PressureSettings of(ConfigValues config) {
    long window =
        config.whole(
            "window.millis", DEFAULT.windowMillis, LEAST_WINDOW_MILLIS, MOST_WINDOW_MILLIS);
    return new PressureSettings(
        config.whole("stall.millis", DEFAULT.stallMillis, 1, window),
        window,
        (int)
            config.whole(
                "least.available.percent", DEFAULT.leastAvailablePercent, 0, MOST_PERCENT));
  }
}
