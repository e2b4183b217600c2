// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.dmabufheaps.HeapException;

/**
 * What {@code /proc/self/fdinfo} says of a dma-buf ({@code proc(5)}, {@code
 * Documentation/filesystems/proc.rst}).
 *
 * @param size in bytes
 * @param count the references to it
 * @param exporter who made it
 * @param name its label; empty when there is none
 */
record FdInfo(long size, long count, String exporter, String name) {

  /** Far more than the kernel writes: a name has 31 bytes at most. */
  private static final int MAX_BYTES = 1024;

  /**
   * Reads it.
   *
   * @throws HeapException {@code ENOENT} when there is no such descriptor, and whatever keeps a
   *     file from being opened: {@code EMFILE}, {@code ENFILE}, {@code ENOMEM}, {@code EACCES}
   */
  static FdInfo of(Syscalls sys, int fd) throws HeapException {
    String path = "/proc/self/fdinfo/" + fd;
    ByteBuffer text = Call.struct(MAX_BYTES);
    Call.check(SmallFile.of(path).read(sys, text), "reading " + path);
    return parse(StandardCharsets.UTF_8.decode(text).toString());
  }

  static FdInfo parse(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        // A label may hold line breaks; it is last, so what it pretends to be comes too late.
        fields.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return new FdInfo(
        number(fields, "size"),
        number(fields, "count"),
        fields.getOrDefault("exp_name", ""),
        fields.getOrDefault("name", ""));
  }

  private static long number(Map<String, String> fields, String key) {
    try {
      return Long.parseLong(fields.getOrDefault(key, "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
