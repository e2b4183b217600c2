// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.spi.Headroom;

/**
 * Reads how much memory there is: {@code /proc/meminfo} ({@code proc(5)}) and the limits of the
 * control groups that this process is in ({@code Documentation/admin-guide/cgroup-v2.rst}, {@code
 * cgroup-v1/memory.rst}). What a file doesn't tell is taken as no limit.
 */
final class MemoryFigures {
  private static final long UNLIMITED = Long.MAX_VALUE;
  private static final long KIB = 1024;

  private final Path root;

  /**
   * Sets where to read.
   *
   * @param root the directory that has {@code proc} and {@code sys}
   */
  MemoryFigures(Path root) {
    this.root = root;
  }

  /** Reads the figures as they stand. */
  Headroom read() {
    List<String> meminfo = lines(root.resolve("proc/meminfo"));
    Headroom all =
        new Headroom(kibibytes(meminfo, "MemTotal:"), kibibytes(meminfo, "MemAvailable:"));
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      // ID:CONTROLLERS:PATH; version 2 has the id 0 and no controllers
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && fields[1].isEmpty()) {
        all = group(all, "sys/fs/cgroup", fields[2], "memory.max", "memory.current");
      } else if (fields.length == 3 && List.of(fields[1].split(",", -1)).contains("memory")) {
        String mount = "sys/fs/cgroup/memory";
        all = group(all, mount, fields[2], "memory.limit_in_bytes", "memory.usage_in_bytes");
      }
    }
    return all;
  }

  /** Lowers figures by the limits of a group and of those that it is in. */
  private Headroom group(Headroom all, String mount, String path, String max, String current) {
    Path top = root.resolve(mount).normalize();
    Path group = below(top, path).normalize();
    if (!group.startsWith(top)) {
      return all;
    }
    Headroom least = all;
    for (Path at = group; at.startsWith(top); at = at.getParent()) {
      long limit = number(at.resolve(max), UNLIMITED);
      if (limit == UNLIMITED) {
        continue;
      }
      long used = number(at.resolve(current), 0) - inactiveFileBytes(at);
      long left = Math.max(0, limit - Math.max(0, used));
      least =
          new Headroom(Math.min(least.totalBytes(), limit), Math.min(least.availableBytes(), left));
    }
    return least;
  }

  /**
   * By the bytes of a name, each of them a character, whatever the locale says names are made of.
   */
  private static Path below(Path top, String path) {
    StringBuilder uri = new StringBuilder(top.toUri().toString());
    for (char c : ("/" + path).toCharArray()) {
      uri.append(c == '/' ? "/" : String.format("%%%02X", (int) c));
    }
    return Path.of(URI.create(uri.toString()));
  }

  /** Cached files that are counted as used, and given up first. */
  private static long inactiveFileBytes(Path group) {
    for (String line : lines(group.resolve("memory.stat"))) {
      if (line.startsWith("inactive_file ") || line.startsWith("total_inactive_file ")) {
        return parse(line.substring(line.indexOf(' ')), 0);
      }
    }
    return 0;
  }

  private static long kibibytes(List<String> meminfo, String key) {
    for (String line : meminfo) {
      if (line.startsWith(key)) {
        long kib = parse(line.substring(key.length()).replace("kB", ""), UNLIMITED);
        return kib == UNLIMITED ? UNLIMITED : kib * KIB;
      }
    }
    return UNLIMITED;
  }

  private static long number(Path file, long otherwise) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? otherwise : parse(lines.get(0), otherwise);
  }

  private static long parse(String text, long otherwise) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }
}
