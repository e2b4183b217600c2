// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
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
  /** How often an area must give just what was taken: so often no other's allocation does. */
  private static final int ROUNDS = 3;

  /** How often that is tried while others take pages, too. */
  private static final int TRIES = 12;

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

  /**
   * Returns the area of a node; empty when it allocates from none.
   *
   * @throws HeapException {@code EAGAIN} when others took so many pages that nobody can tell; what
   *     taking pages and reading the counters throws
   */
  Optional<CmaArea> of(String node, long pageSize) throws HeapException {
    Set<String> areas = new HashSet<>(counters().keySet());
    if (areas.isEmpty()) {
      boolean known = NAMES.contains(node) || node.startsWith("linux,cma@");
      return known ? Optional.of(new CmaArea(BY_NAME, totalBytes())) : Optional.empty();
    }
    int all = areas.size();
    Map<String, Integer> rounds = new HashMap<>();
    for (int count = 1; count <= TRIES && !areas.isEmpty(); count++) {
      List<String> exact = round(node, count, areas);
      if (exact.size() == 1 && rounds.merge(exact.get(0), 1, Integer::sum) == ROUNDS) {
        return Optional.of(area(exact.get(0), all, pageSize));
      }
    }
    if (!areas.isEmpty()) {
      throw new HeapException(
          "finding the area of node " + node + " while others take pages of " + areas,
          Errno.EAGAIN);
    }
    return Optional.empty();
  }

  /**
   * Takes pages once. An area that gave fewer is none of the node's, for sure; one that gave more
   * may be.
   *
   * @return the areas that gave just as many
   */
  private List<String> round(String node, int count, Set<String> areas) throws HeapException {
    Map<String, Long> before = counters();
    pages.take(node, count);
    Map<String, Long> after = counters();
    Map<String, Long> gave = new HashMap<>();
    areas.forEach(
        area -> gave.put(area, after.getOrDefault(area, 0L) - before.getOrDefault(area, 0L)));
    areas.removeIf(area -> gave.get(area) < count);
    return areas.stream().filter(area -> gave.get(area) == count).toList();
  }

  private CmaArea area(String name, int areas, long pageSize) {
    long pages = number(root.resolve("sys/kernel/mm/cma").resolve(name).resolve("total_pages"));
    return new CmaArea(name, pages > 0 || areas > 1 ? pages * pageSize : totalBytes());
  }

  /** Returns the pages that each area gave since the start. */
  private Map<String, Long> counters() throws HeapException {
    Path all = root.resolve("sys/kernel/mm/cma");
    Map<String, Long> counters = new TreeMap<>();
    try (DirectoryStream<Path> areas = Files.newDirectoryStream(all)) {
      for (Path area : areas) {
        counters.put(area.getFileName().toString(), counter(area.resolve("alloc_pages_success")));
      }
    } catch (NoSuchFileException e) {
      return Map.of();
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      throw new HeapException("reading the counters in " + all, Errno.EIO, e);
    }
    return counters;
  }

  private static long counter(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
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
      return counter(file);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
