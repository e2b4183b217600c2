// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Counts what {@code /proc/self/fd} shows, which no book of this project can get wrong. */
final class Descriptors {
  private Descriptors() {}

  /**
   * Counts this process's descriptors of dma-bufs and memfds.
   *
   * @return how many are open
   * @throws IOException when {@code /proc} can't be read
   */
  static long ofBuffers() throws IOException {
    List<Path> open;
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      open = entries.toList();
    }
    long buffers = 0;
    for (Path fd : open) {
      if (isBuffer(fd)) {
        buffers++;
      }
    }
    return buffers;
  }

  private static boolean isBuffer(Path fd) throws IOException {
    try {
      String target = Files.readSymbolicLink(fd).toString();
      return target.startsWith("/dmabuf:") || target.startsWith("/memfd:");
    } catch (NoSuchFileException e) {
      return false; // closed since the list was made, as the list's own descriptor is
    }
  }
}
