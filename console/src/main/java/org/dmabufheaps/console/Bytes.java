// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, as people type and read it: in binary units.
 *
 * @param count in bytes, not negative
 */
record Bytes(long count) {
  private static final String UNITS = "kmgtpe";
  private static final Pattern DECIMAL =
      Pattern.compile("(\\d+(?:\\.\\d+)?) ?(?:([kmgtpe])(?:ib?)?|b)?", Pattern.CASE_INSENSITIVE);
  private static final Pattern HEX = Pattern.compile("0[xX]([0-9a-fA-F]{1,16})");

  Bytes {
    if (count < 0) {
      throw new IllegalArgumentException("a number of bytes can't be " + count);
    }
  }

  /**
   * Parses {@code 4096}, {@code 0x1000}, {@code 4k}, {@code 1.5M}, {@code 1GiB}, {@code 64 KiB}.
   * Every unit is a power of 1024.
   *
   * @throws IllegalArgumentException when it is none of these, no whole number, or too large
   */
  static Bytes parse(String text) {
    Matcher hex = HEX.matcher(text);
    if (hex.matches()) {
      return new Bytes(parseHex(text, hex.group(1)));
    }
    Matcher decimal = DECIMAL.matcher(text);
    if (!decimal.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no size: write 4096, 4k, 16m or 1GiB");
    }
    return new Bytes(scaled(text, new BigDecimal(decimal.group(1)), decimal.group(2)));
  }

  private static long parseHex(String text, String digits) {
    long count = Long.parseUnsignedLong(digits, 16);
    if (count < 0) {
      throw new IllegalArgumentException(text + " is too large: at most 8 EiB less one byte");
    }
    return count;
  }

  private static long scaled(String text, BigDecimal number, String unit) {
    int power = unit == null ? 0 : 1 + UNITS.indexOf(unit.toLowerCase(Locale.ROOT));
    BigDecimal count = number.multiply(BigDecimal.valueOf(1024).pow(power)).stripTrailingZeros();
    if (count.scale() > 0) {
      throw new IllegalArgumentException(text + " is no whole number of bytes");
    }
    if (count.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException(text + " is too large: at most 8 EiB less one byte");
    }
    return count.longValueExact();
  }

  /** Prints bytes below 1 KiB as they are, and more with one decimal. */
  @Override
  public String toString() {
    if (count < 1024) {
      return count + " B";
    }
    int power = 0;
    BigDecimal number = BigDecimal.valueOf(count);
    String text;
    do {
      number = number.divide(BigDecimal.valueOf(1024));
      power++;
      text = String.format(Locale.ROOT, "%.1f", number);
    } while (text.equals("1024.0") || number.compareTo(BigDecimal.valueOf(1024)) >= 0);
    return text + " " + Character.toUpperCase(UNITS.charAt(power - 1)) + "iB";
  }

  /** Prints a count that may stand for "no limit". */
  static String orNone(long count) {
    return count == Long.MAX_VALUE ? "none" : new Bytes(count).toString();
  }
}
