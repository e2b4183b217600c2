// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Figures of {@code /proc/meminfo}, of the whole machine. */
final class Meminfo {
  private Meminfo() {}

  /** What can be taken without swapping, in KiB. */
  static long availableKb() throws IOException {
    return kb("MemAvailable:");
  }

  /** Huge pages of the default size that nobody has; 0 on a kernel that knows none. */
  static long freeHugePages() throws IOException {
    return Files.exists(Path.of("/proc/sys/vm/nr_hugepages")) ? kb("HugePages_Free:") : 0;
  }

  private static long kb(String key) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("/proc/meminfo has no " + key);
  }
}
