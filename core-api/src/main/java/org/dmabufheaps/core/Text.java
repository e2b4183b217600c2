// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

/** Checks names that clients give. */
final class Text {
  private static final int MAX = 127;

  private Text() {}

  static String check(String what, String text, int min) {
    if (text == null || text.length() < min || text.length() > MAX) {
      throw new IllegalArgumentException(
          what + " \"" + text + "\" is not " + min + " to " + MAX + " characters long");
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(what + " has control characters");
    }
    return text;
  }
}
