// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.dmabufheaps.bench.report.Results;

/** What the figures depend on: hardware, kernel, Java, and how busy the machine is. */
final class Machine {
  private static final Path PROC = Path.of("/proc");

  private Machine() {}

  static void describe(Results results) throws IOException {
    results.fact("when", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    results.fact("CPU", cpu());
    results.fact("memory", field("meminfo", "MemTotal"));
    results.fact("huge pages", field("meminfo", "HugePages_Free") + " free");
    results.fact("kernel", Files.readString(PROC.resolve("sys/kernel/osrelease")).trim());
    results.fact(
        "Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    results.fact("load before", loadAverage());
  }

  static void load(Results results) throws IOException {
    results.fact("load after", loadAverage());
  }

  private static String cpu() throws IOException {
    String model = field("cpuinfo", "model name");
    return Runtime.getRuntime().availableProcessors()
        + " x "
        + (model.isEmpty() ? System.getProperty("os.arch") : model);
  }

  private static String loadAverage() throws IOException {
    return Files.readString(PROC.resolve("loadavg")).replaceFirst("( [^ ]* [^ ]*) .*\\s*", "$1");
  }

  private static String field(String file, String name) throws IOException {
    return Files.readAllLines(PROC.resolve(file)).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .findFirst()
        .orElse("");
  }
}
