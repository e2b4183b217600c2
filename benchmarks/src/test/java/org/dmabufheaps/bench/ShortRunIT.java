// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.dmabufheaps.bench.report.Document;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether it works, on the built bundles; not how quick anything is. */
class ShortRunIT {
  private static final Path HOME = Path.of(System.getProperty("benchmarks.home"));

  @TempDir Path results;

  @BeforeAll
  static void compileTheFloor() throws Exception {
    Path library = HOME.resolve("target/floor.so");
    try {
      Process gcc =
          new ProcessBuilder(
                  "gcc",
                  "-O2",
                  "-Wall",
                  "-Wextra",
                  "-Werror",
                  "-shared",
                  "-fPIC",
                  "-o",
                  library.toString(),
                  HOME.resolve("src/main/c/floor.c").toString())
              .inheritIO()
              .start();
      assertEquals(0, gcc.waitFor(), "gcc's status");
    } catch (IOException e) {
      assumeTrue(false, "NOT TRIED: the benchmarks, since there is no gcc (Debian: gcc libc6-dev)");
    }
  }

  @Test
  void rowsAreMeasuredWrittenAndLeaveNothing() throws IOException {
    List<Path> before = descriptors();
    int status =
        Main.run(
            List.of(
                "--short",
                "--home",
                HOME.toString(),
                "--results",
                results.toString(),
                "--name",
                "it",
                "--size",
                "4K",
                "--row",
                "latency",
                "--row",
                "garbage",
                "--row",
                "export"));
    assertEquals(0, status);
    Document document = Document.read(results.resolve("it.json"));
    for (String subject : List.of("fresh", "C direct", "allocateDirect", "/dev/shm map")) {
      assertTrue(figure(document, "latency", subject, "ns") > 0, subject);
    }
    assertTrue(figure(document, "latency", "fresh", "checked") > 0, "buffers were looked at");
    assertTrue(figure(document, "latency", "hit", "hit share") > 0, "the pool was hit");
    assertTrue(figure(document, "garbage", "fresh", "bytes/buffer") >= 0);
    for (String subject : List.of("fresh", "pooled")) {
      assertTrue(figure(document, "export", subject, "checked") > 0, subject + " was lent");
    }
    assertTrue(Files.size(results.resolve("raw/it.csv.gz")) > 0);
    assertEquals(before, descriptors());
  }

  private static double figure(Document document, String row, String subject, String unit) {
    return document.series().stream()
        .filter(line -> line.row().equals(row))
        .filter(line -> line.subject().equals(subject) && line.unit().equals(unit))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + unit + " of " + subject + " in " + row))
        .median();
  }

  /** Memory by descriptor that is open here. */
  private static List<Path> descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.map(ShortRunIT::target)
          .filter(target -> target.toString().matches(".*(memfd|dmabuf|/dev/shm).*"))
          .sorted()
          .toList();
    }
  }

  private static Path target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (IOException e) {
      return Path.of("closed");
    }
  }
}
