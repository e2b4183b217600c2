// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.spi.Headroom;

/**
 * Reads how much memory there is: {@code /proc/meminfo} ({@code proc(5)}) and the limits of the
 * control groups that this process is in ({@code Documentation/admin-guide/cgroup-v2.rst}, {@code
 * cgroup-v1/memory.rst}). What a file doesn't tell is taken as no limit.
 */
final class MemoryFigures {
  private static final long UNLIMITED = Long.MAX_VALUE;
  private static final long KIB = 1024;

  /** More than any of the files has. */
  private static final int FILE_BYTES = 16 << 10;

  private final Syscalls sys;
  private final String root;
  private final SmallFile meminfo;
  private final SmallFile membership;

  /** Who reads takes it; who finds none makes another. */
  private final AtomicReference<ByteBuffer> spare = new AtomicReference<>();

  private volatile Headroom last = Headroom.UNKNOWN;

  private volatile Groups groups = new Groups("", List.of());

  /** The control groups of this process, as {@code /proc/self/cgroup} told them. */
  private record Groups(String told, List<Group> all) {}

  /** The files of one control group. */
  private record Group(SmallFile max, SmallFile current, SmallFile stat) {}

  /**
   * Sets where to read.
   *
   * @param root the directory that has {@code proc} and {@code sys}
   */
  MemoryFigures(Syscalls sys, Path root) {
    this.sys = sys;
    this.root = root.toString().equals("/") ? "" : root.toString();
    meminfo = SmallFile.of(this.root + "/proc/meminfo");
    membership = SmallFile.of(this.root + "/proc/self/cgroup");
  }

  /** Reads the figures as they stand. */
  Headroom read() {
    ByteBuffer mine = spare.getAndSet(null);
    ByteBuffer text = mine == null ? Call.struct(FILE_BYTES) : mine;
    try {
      return read(text);
    } finally {
      spare.set(text);
    }
  }

  private Headroom read(ByteBuffer text) {
    meminfo.read(sys, text);
    if (!text.hasRemaining()) {
      // No descriptor to read it by, say: not to know is no permission to take all.
      return last;
    }
    long total = bytes(SmallFile.number(text, "MemTotal:", UNLIMITED));
    long available = bytes(SmallFile.number(text, "MemAvailable:", UNLIMITED));
    membership.read(sys, text);
    for (Group group : groups(text).all()) {
      group.max().read(sys, text);
      long limit = SmallFile.number(text, UNLIMITED);
      if (limit != UNLIMITED) {
        total = Math.min(total, limit);
        available = Math.min(available, Math.max(0, limit - used(group, text)));
      }
    }
    last = new Headroom(total, available);
    return last;
  }

  private static long bytes(long kib) {
    return kib == UNLIMITED ? UNLIMITED : kib * KIB;
  }

  /** Without cached files, which are counted as used and given up first. */
  private long used(Group group, ByteBuffer text) {
    group.current().read(sys, text);
    long current = SmallFile.number(text, 0);
    group.stat().read(sys, text);
    return Math.max(0, current - SmallFile.number(text, "inactive_file ", 0));
  }

  private Groups groups(ByteBuffer membership) {
    Groups known = groups;
    String told = StandardCharsets.ISO_8859_1.decode(membership.duplicate()).toString();
    if (!known.told().equals(told)) {
      known = new Groups(told, groups(told));
      groups = known;
    }
    return known;
  }

  private List<Group> groups(String told) {
    List<Group> all = new ArrayList<>();
    for (String line : told.split("\n", -1)) {
      // ID:CONTROLLERS:PATH; version 2 has the id 0 and no controllers
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && fields[1].isEmpty()) {
        for (String at : upwards(root + "/sys/fs/cgroup", fields[2])) {
          all.add(group(at, "memory.max", "memory.current"));
        }
      } else if (fields.length == 3 && List.of(fields[1].split(",", -1)).contains("memory")) {
        for (String at : upwards(root + "/sys/fs/cgroup/memory", fields[2])) {
          all.add(group(at, "memory.limit_in_bytes", "memory.usage_in_bytes"));
        }
      }
    }
    return all;
  }

  private static Group group(String at, String max, String current) {
    return new Group(
        SmallFile.of(at + "/" + max),
        SmallFile.of(at + "/" + current),
        SmallFile.of(at + "/memory.stat"));
  }

  /** A group and those that it is in; none when the path leads outside. */
  private static List<String> upwards(String top, String path) {
    List<String> all = new ArrayList<>();
    String at = top;
    all.add(at);
    for (String name : path.split("/", -1)) {
      if (name.equals("..")) {
        return List.of();
      }
      if (!name.isEmpty()) {
        at = at + "/" + name;
        all.add(at);
      }
    }
    return all;
  }
}
