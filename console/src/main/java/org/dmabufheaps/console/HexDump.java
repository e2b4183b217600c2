// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Bytes as hexadecimal numbers and as text, 16 to a line. A line that repeats the one before it is
 * left out, and one star stands for all that follow on one another.
 */
final class HexDump {
  private static final int WIDTH = 16;

  private final Consumer<String> out;
  private long offset;
  private byte[] last;
  private boolean starred;

  HexDump(long offset, Consumer<String> out) {
    this.offset = offset;
    this.out = out;
  }

  /** Prints bytes that follow those before; all but the last call give a multiple of 16. */
  void add(byte[] bytes) {
    for (int at = 0; at < bytes.length; at += WIDTH) {
      line(Arrays.copyOfRange(bytes, at, Math.min(at + WIDTH, bytes.length)));
    }
  }

  /** Prints the offset after the last byte. */
  void end() {
    out.accept(String.format(Locale.ROOT, "%08x", offset));
  }

  private void line(byte[] bytes) {
    if (!Arrays.equals(bytes, last)) {
      out.accept(format(bytes));
      starred = false;
    } else if (!starred) {
      out.accept("*");
      starred = true;
    }
    last = bytes;
    offset += bytes.length;
  }

  private String format(byte[] bytes) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%08x ", offset));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < WIDTH; i++) {
      line.append(i == WIDTH / 2 ? "  " : " ");
      if (i < bytes.length) {
        line.append(String.format(Locale.ROOT, "%02x", bytes[i] & 0xff));
        text.append(bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char) bytes[i] : '.');
      } else {
        line.append("  ");
      }
    }
    return line + "  |" + text + "|";
  }
}
