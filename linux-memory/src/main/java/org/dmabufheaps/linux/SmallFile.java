// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A small file that the kernel writes when it is read ({@code proc(5)}, control groups). Read by
 * plain system calls: what Java has for it makes more garbage, and takes longer, than the memory
 * that is asked for when such a file is read.
 *
 * @param path ends with a NUL
 */
record SmallFile(ByteBuffer path) {

  /** Names a file by its bytes, each of them a character, whatever the locale makes of names. */
  static SmallFile of(String path) {
    byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
    return new SmallFile(Call.struct(bytes.length + 1).put(bytes).rewind());
  }

  /**
   * Reads it.
   *
   * @param into gets its beginning, as much as fits; nothing when it can't be read
   * @return how many bytes that is, or the negative error number of what failed
   */
  long read(Syscalls sys, ByteBuffer into) {
    into.clear().limit(0);
    int flags = Abi.O_RDONLY | Abi.O_CLOEXEC;
    long fd = Call.retry(() -> sys.open(path, flags));
    if (fd < 0) {
      return fd;
    }
    try {
      long bytes = Call.retry(() -> sys.read((int) fd, into, into.capacity()));
      into.limit((int) Math.max(0, bytes));
      return bytes;
    } finally {
      sys.close((int) fd);
    }
  }

  /** Returns the number that a file begins with; {@code otherwise} when it begins with none. */
  static long number(ByteBuffer text, long otherwise) {
    return number(text, 0, otherwise);
  }

  /** Returns the number that comes after a word at the beginning of a line. */
  static long number(ByteBuffer text, String word, long otherwise) {
    for (int line = 0; line < text.limit(); line = next(text, line)) {
      if (startsWith(text, line, word)) {
        return number(text, line + word.length(), otherwise);
      }
    }
    return otherwise;
  }

  private static int next(ByteBuffer text, int from) {
    int at = from;
    while (at < text.limit() && text.get(at) != '\n') {
      at++;
    }
    return at + 1;
  }

  private static boolean startsWith(ByteBuffer text, int at, String word) {
    if (text.limit() - at < word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (text.get(at + i) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static long number(ByteBuffer text, int from, long otherwise) {
    int at = from;
    while (at < text.limit() && text.get(at) == ' ') {
      at++;
    }
    int first = at;
    long number = 0;
    for (; at < text.limit() && text.get(at) >= '0' && text.get(at) <= '9'; at++) {
      int digit = text.get(at) - '0';
      if (number > (Long.MAX_VALUE - digit) / 10) {
        return otherwise;
      }
      number = 10 * number + digit;
    }
    return at == first ? otherwise : number;
  }
}
