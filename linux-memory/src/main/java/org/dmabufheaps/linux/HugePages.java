// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * The huge pages of one size ({@code Documentation/admin-guide/mm/hugetlbpage.rst}).
 *
 * @param pageBytes the size of one
 * @param isDefault whether the system takes this size when none is asked for
 * @param pages how many were set aside
 * @param freePages how many of them nobody has or was promised
 */
public record HugePages(long pageBytes, boolean isDefault, long pages, long freePages) {
  private static final String PREFIX = "hugepages-";
  private static final String SUFFIX = "kB";

  /**
   * Returns those of a size.
   *
   * @param pageBytes 0 for the system's default
   * @throws HeapException {@code ENOTSUP} when this kernel has none of that size
   */
  static HugePages of(long pageBytes) throws HeapException {
    List<HugePages> all = all(Path.of("/"));
    return all.stream()
        .filter(pool -> pageBytes == 0 ? pool.isDefault : pool.pageBytes == pageBytes)
        .findFirst()
        .orElseThrow(() -> none(pageBytes, all));
  }

  private static HeapException none(long pageBytes, List<HugePages> all) {
    String which = pageBytes == 0 ? "" : " of " + pageBytes + " bytes";
    return new HeapException(
        "looking for huge pages"
            + which
            + ", of which this kernel has the sizes "
            + all.stream().map(HugePages::pageBytes).toList(),
        Errno.ENOTSUP);
  }

  /** Makes a memfd of them, sealed and zero. */
  Fd memfd(Kernel kernel, long bytes, String label, int seals) throws HeapException {
    try {
      return Memfd.create(kernel, bytes, label, seals, pageBytes);
    } catch (HeapException e) {
      if (!Errno.ENOMEM.is(e)) {
        throw e;
      }
      throw new HeapException(
          "taking " + bytes / pageBytes + " huge pages of " + pageBytes + " bytes, " + shortage(),
          Errno.ENOMEM,
          e);
    }
  }

  /**
   * Says how many are free, and what raises that number.
   *
   * @return the rest of a sentence
   */
  public String shortage() {
    HugePages now =
        all(Path.of("/")).stream()
            .filter(pool -> pool.pageBytes == pageBytes)
            .findFirst()
            .orElse(this);
    String setting =
        isDefault
            ? "vm.nr_hugepages (or hugepages= on the kernel's command line)"
            : "/sys/kernel/mm/hugepages/" + PREFIX + (pageBytes >> 10) + SUFFIX + "/nr_hugepages";
    return "of which " + now.freePages + " of " + now.pages + " are free; raise " + setting;
  }

  /** Reads what there is; {@code root} has {@code proc} and {@code sys}. */
  static List<HugePages> all(Path root) {
    long standard = defaultBytes(root.resolve("proc/meminfo"));
    try (Stream<Path> sizes = Files.list(root.resolve("sys/kernel/mm/hugepages"))) {
      return sizes
          .filter(size -> number(size.getFileName().toString()) > 0)
          .map(size -> read(size, standard))
          .sorted(
              Comparator.comparing(HugePages::isDefault)
                  .reversed()
                  .thenComparing(HugePages::pageBytes))
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** Says how many were set aside, whoever has them. */
  static String counts(Path root) {
    return all(root).stream().map(pool -> pool.pageBytes + "*" + pool.pages).toList().toString();
  }

  private static HugePages read(Path size, long standard) {
    long bytes = number(size.getFileName().toString()) << 10;
    long free = count(size.resolve("free_hugepages")) - count(size.resolve("resv_hugepages"));
    return new HugePages(
        bytes, bytes == standard, count(size.resolve("nr_hugepages")), Math.max(0, free));
  }

  private static long defaultBytes(Path meminfo) {
    try {
      return Files.readString(meminfo)
          .lines()
          .filter(line -> line.startsWith("Hugepagesize:"))
          .mapToLong(line -> parse(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  /** Returns the number in such a name as {@code hugepages-2048kB}; 0 when it has none. */
  private static long number(String name) {
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX)
        ? parse(name.substring(PREFIX.length(), name.length() - SUFFIX.length()))
        : 0;
  }

  private static long count(Path file) {
    try {
      return parse(Files.readString(file).strip());
    } catch (IOException e) {
      return 0;
    }
  }

  private static long parse(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
