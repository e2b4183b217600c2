// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dmabufheaps.HeapException;

/**
 * Finds out from which area of CMA a dma-heap allocates.
 *
 * <p>Neither the node nor its buffers say so. But the kernel counts the pages that each area gave
 * ({@code /sys/kernel/mm/cma/NAME/alloc_pages_success}, since 5.13): an allocation shows where it
 * came from. A kernel without those counters is believed by the names that it gives to the heap of
 * its default area.
 */
final class CmaAreas {
  /** How often pages are taken: so often no other's allocation looks like them. */
  private static final int ROUNDS = 3;

  private static final String BY_NAME = "default";
  private static final Set<String> NAMES =
      Set.of("default_cma_region", "reserved", "linux,cma", "default-pool");

  private final Path root;
  private final Pages pages;

  /** Takes pages of a node, and gives them back. */
  interface Pages {
    void take(String node, int count) throws HeapException;
  }

  /**
   * Sets where to look.
   *
   * @param root the directory that has {@code proc} and {@code sys}
   */
  CmaAreas(Path root, Pages pages) {
    this.root = root;
    this.pages = pages;
  }

  /** Returns the area of a node; empty when it allocates from none. */
  Optional<CmaArea> of(String node, long pageSize) throws HeapException {
    Set<String> areas = new HashSet<>(counters().keySet());
    if (areas.isEmpty()) {
      boolean known = NAMES.contains(node) || node.startsWith("linux,cma@");
      return known ? Optional.of(new CmaArea(BY_NAME, totalBytes())) : Optional.empty();
    }
    int all = areas.size();
    for (int round = 1; round <= ROUNDS && !areas.isEmpty(); round++) {
      int count = round;
      Map<String, Long> before = counters();
      pages.take(node, count);
      Map<String, Long> after = counters();
      areas.removeIf(area -> after.getOrDefault(area, 0L) < before.getOrDefault(area, 0L) + count);
    }
    return areas.size() == 1
        ? Optional.of(area(areas.iterator().next(), all, pageSize))
        : Optional.empty();
  }

  private CmaArea area(String name, int areas, long pageSize) {
    long pages = number(root.resolve("sys/kernel/mm/cma").resolve(name).resolve("total_pages"));
    return new CmaArea(name, pages > 0 || areas > 1 ? pages * pageSize : totalBytes());
  }

  /** Returns the pages that each area gave since the start. */
  private Map<String, Long> counters() {
    Map<String, Long> counters = new TreeMap<>();
    try (Stream<Path> areas = Files.list(root.resolve("sys/kernel/mm/cma"))) {
      areas.forEach(
          area ->
              counters.put(
                  area.getFileName().toString(), number(area.resolve("alloc_pages_success"))));
    } catch (IOException | UncheckedIOException e) {
      return Map.of();
    }
    return counters;
  }

  private long totalBytes() {
    try (Stream<String> lines = Files.lines(root.resolve("proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("CmaTotal:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException | NumberFormatException e) {
      return 0;
    }
  }

  private static long number(Path file) {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
