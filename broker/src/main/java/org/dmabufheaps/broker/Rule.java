// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.Locale;

/**
 * How much of a heap somebody may have. Written as {@code WHO HEAP BYTES}, with {@code uid:1000},
 * {@code gid:44} or {@code *} for WHO, a name or {@code *} for HEAP, and {@code any} for no limit.
 *
 * @param kind {@code u} for a user, {@code g} for a group, {@code *} for everybody
 * @param number the user's or group's
 * @param heap its name, or {@code *}
 * @param bytes the most; 0 for nothing
 */
record Rule(char kind, int number, String heap, long bytes) {

  /**
   * Reads a rule.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Rule of(String text) {
    String[] words = text.trim().split("\\s+", -1);
    if (words.length != 3) {
      throw new IllegalArgumentException("rule \"" + text + "\" is not WHO HEAP BYTES");
    }
    char kind = words[0].charAt(0);
    String who = words[0].toLowerCase(Locale.ROOT);
    int number = 0;
    try {
      if (who.startsWith("uid:") || who.startsWith("gid:")) {
        number = Integer.parseUnsignedInt(who.substring("uid:".length()));
      } else if (!who.equals("*")) {
        throw new IllegalArgumentException(
            "rule \"" + text + "\": WHO is uid:NUMBER, gid:NUMBER or *");
      }
      return new Rule(Character.toLowerCase(kind), number, words[1], bytes(words[2]));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("rule \"" + text + "\" has a bad number", e);
    }
  }

  private static long bytes(String text) {
    if (text.equals("any")) {
      return Policy.UNLIMITED;
    }
    long bytes = Long.parseLong(text);
    if (bytes < 0) {
      throw new NumberFormatException(text);
    }
    return bytes;
  }

  /** Tells whether it is about this client and heap. */
  boolean matches(Who who, String name) {
    boolean about =
        switch (kind) {
          case 'u' -> who.uid() == number;
          case 'g' -> who.gids().contains(number);
          default -> true;
        };
    return about && (heap.equals("*") || heap.equals(name));
  }
}
