// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Locale;

/** Sizes as people read them, in messages. */
final class ByteCount {
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private ByteCount() {}

  /** Writes a size with a binary unit and one decimal: {@code 4096} is {@code 4.0 KiB}. */
  static String text(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** Writes a size both ways: {@code 4.0 KiB (4096 bytes)}. */
  static String exact(long bytes) {
    return bytes < 1024 ? text(bytes) : text(bytes) + " (" + bytes + " bytes)";
  }
}
