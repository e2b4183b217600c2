// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.dmabufheaps.Errno;
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

  static FdInfo of(int fd) throws HeapException {
    Path path = Path.of("/proc/self/fdinfo/" + fd);
    try {
      return parse(new String(Files.readAllBytes(path), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new HeapException("reading " + path, Errno.EBADF, e);
    }
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
