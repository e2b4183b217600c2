// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

/** How long ago something was, in the largest unit that fits. */
final class Age {
  private Age() {}

  static String of(long millis) {
    long seconds = millis / 1000;
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 2 * 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }
}
