// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What this process holds that came from a heap: descriptors, mappings, threads. Sorted lists of
 * text, so that two states can be compared.
 *
 * @param descriptors where the links in {@code /proc/self/fd} lead
 * @param mappings the files in {@code /proc/self/maps}, once for each mapping
 * @param threads names without their numbers
 */
record ProcessState(List<String> descriptors, List<String> mappings, List<String> threads) {

  /** The state now. */
  static ProcessState now() {
    try {
      return new ProcessState(buffersInFd(), buffersInMaps(), ourThreads());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns how much shared memory, memfds included, this process has mapped and used, in KiB. */
  static long sharedKb() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssShmem:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("/proc/self/status has no RssShmem");
  }

  /** What is there now and was not in an earlier state; empty when nothing was left behind. */
  List<String> since(ProcessState earlier) {
    List<String> left = new ArrayList<>();
    addNew(left, "descriptor ", descriptors, earlier.descriptors);
    addNew(left, "mapping ", mappings, earlier.mappings);
    addNew(left, "thread ", threads, earlier.threads);
    return left;
  }

  private static void addNew(List<String> to, String kind, List<String> now, List<String> before) {
    List<String> remaining = new ArrayList<>(now);
    before.forEach(remaining::remove);
    remaining.forEach(name -> to.add(kind + name));
  }

  private static List<String> buffersInFd() throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path link : links) {
        String target = target(link);
        if (isBuffer(target)) {
          found.add(target);
        }
      }
    }
    found.sort(null);
    return found;
  }

  /** Where it leads; nowhere when it was closed since the directory was read. */
  private static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static List<String> buffersInMaps() throws IOException {
    List<String> files = new ArrayList<>();
    String end = "";
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      String[] ends = line.substring(0, line.indexOf(' ')).split("-", 2);
      String file = line.contains(" /") ? line.substring(line.indexOf(" /") + 1) : "";
      // A region is mapped in as many pieces as its physical order needs, one after the other.
      boolean pieceOfOne = ends[0].equals(end) && file.contains(":region ");
      if (isBuffer(file) && !pieceOfOne) {
        files.add(file);
      }
      end = file.contains(":region ") ? ends[1] : "";
    }
    files.sort(null);
    return files;
  }

  private static boolean isBuffer(String file) {
    return file.startsWith("/dmabuf:")
        || (file.startsWith("/memfd:") && !file.startsWith("/memfd:libffi"));
  }

  private static List<String> ourThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("dmabuf-"))
        .map(name -> name.replaceAll("[0-9]+", "#"))
        .sorted()
        .toList();
  }
}
