// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.List;

/**
 * What was typed after a command's name.
 *
 * @param usage how the command is to be typed
 * @param given the words
 */
record Arguments(String usage, List<String> given) {

  /** Checks how many there are. */
  static Arguments of(String usage, int least, int most, String... given) throws CommandFailed {
    if (given.length < least || given.length > most) {
      throw new CommandFailed("usage: " + usage);
    }
    return new Arguments(usage, List.of(given));
  }

  int count() {
    return given.size();
  }

  String text(int index) {
    return given.get(index);
  }

  /** Returns an argument as a size or an offset. */
  long bytes(int index) {
    return Bytes.parse(given.get(index)).count();
  }

  /** Returns an argument as the number of a buffer. */
  long id(int index) throws CommandFailed {
    return number(given.get(index), "the number of a buffer, as heap:buffers shows it");
  }

  /** Returns an argument as a count, 1 or more. */
  int count(int index) throws CommandFailed {
    long count = number(given.get(index), "a count");
    if (count < 1 || count > 1_000_000) {
      throw new CommandFailed(count + " is no count from 1 to 1000000; usage: " + usage);
    }
    return (int) count;
  }

  /** Returns an argument as the value of a byte, 0 to 255 or 0x00 to 0xff. */
  int octet(int index) throws CommandFailed {
    try {
      int value = Integer.decode(given.get(index));
      if (value >= 0 && value <= 0xff) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new CommandFailed(
        given.get(index) + " is no byte from 0 to 255 or 0x00 to 0xff; usage: " + usage);
  }

  private long number(String text, String what) throws CommandFailed {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new CommandFailed(text + " is not " + what + "; usage: " + usage);
    }
  }
}
