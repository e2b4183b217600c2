// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.Main;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Source;

/** Resident memory with many buffers live, and after all were freed: each cell in its own VM. */
public final class FootprintRow implements Row {
  /** Its name. */
  public static final String NAME = "footprint";

  private static final List<Long> SIZES = List.of(Sizes.B4K, Sizes.B1M, Sizes.NV12);
  private static final long TOTAL_BYTES = 256L << 20;
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ANSWER = "footprint: ";

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series of resident for requested bytes. */
  public static Key live(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "resident/requested");
  }

  /** Names the series of what stays resident, as a part of the most. */
  public static Key retained(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "retained/peak");
  }

  @Override
  public void run(Bench bench) throws IOException {
    List<String> subjects = new ArrayList<>(Subjects.product(bench));
    subjects.addAll(Subjects.peers());
    for (long size : bench.options().sizes(SIZES)) {
      for (String subject : subjects) {
        bench.say(NAME + ", " + Sizes.name(size) + ", " + subject);
        String answer = child(bench, subject, size);
        bench.add(live(subject, size), figure(answer, 0));
        bench.add(retained(subject, size), figure(answer, 1));
      }
    }
  }

  private static double figure(String answer, int number) {
    int space = answer.indexOf(' ');
    return Double.parseDouble(
        number == 0 ? answer.substring(0, space) : answer.substring(space + 1));
  }

  private static String child(Bench bench, String subject, long size) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.addAll(List.of("-XX:+UseSerialGC", "-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch"));
    command.addAll(List.of("-XX:MaxDirectMemorySize=2g", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("--home", bench.options().home().toString()));
    command.addAll(List.of("--results", bench.options().results().toString()));
    command.addAll(List.of("--cell", subject, "--bytes", Long.toString(size)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String answer = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answer = line.startsWith(ANSWER) ? line.substring(ANSWER.length()) : answer;
      }
    }
    if (answer == null) {
      throw new IOException("no answer from the VM for the footprint of " + subject);
    }
    return answer;
  }

  /**
   * Measures one cell in this VM, and prints the answer.
   *
   * @param bench of this VM alone
   * @param subject who allocates
   * @param size of each buffer
   * @throws IOException when the system refuses
   */
  public static void cell(Bench bench, String subject, long size) throws IOException {
    int count = (int) Math.min(Source.SLOTS, TOTAL_BYTES / size);
    Use use = new Use(bench.random(), 1, false);
    try (Source source = Subjects.open(bench, subject)) {
      fill(source, use, 1, size);
      source.free(0, 1);
      long before = resident();
      fill(source, use, count, size);
      long peak = resident() - before;
      source.free(0, count);
      source.settle(0);
      if (subject.equals(Subjects.POOLED)) {
        bench.pooled().shrink();
      }
      System.gc();
      long after = Math.max(0, resident() - before);
      System.out.println(
          ANSWER + (double) peak / (count * size) + " " + (double) after / Math.max(1, peak));
    }
  }

  private static void fill(Source source, Use use, int count, long size) throws IOException {
    source.allocate(0, count, size);
    for (int slot = 0; slot < count; slot++) {
      use.touch(source, slot);
    }
  }

  private static long resident() throws IOException {
    long kib = 0;
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
        kib += Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    return kib << 10;
  }
}
