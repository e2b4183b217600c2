// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel refuses, lacks and interrupts, in a VM that has nothing else to do. */
class HardshipTest {
  private static final int LIMIT_ROUNDS = Integer.getInteger("dmabuf.test.limits", 30);
  private static final int FULL_LISTS = Integer.getInteger("dmabuf.test.full.lists", 1);
  private static final int STORM = Integer.getInteger("dmabuf.test.signals", 2_000);
  private static final Path STRACE = Path.of("/usr/bin/strace");

  @TempDir Path directory;

  /** Runs a program of these tests on this Java; returns what it printed when all went well. */
  private static String run(Class<?> program, String... arguments) throws Exception {
    return run(List.of("-Xms64m", "-Xmx64m"), program, arguments);
  }

  private static String run(List<String> options, Class<?> program, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add("-XX:+UseSerialGC");
    command.addAll(options);
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--enable-native-access"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    byte[] printed = process.getInputStream().readAllBytes();
    String said = new String(printed, StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    System.out.print(said);
    return said;
  }

  /** Whether one process may trace another here: a sandbox may forbid it. */
  private boolean straceWorks() throws IOException, InterruptedException {
    if (!Files.isExecutable(STRACE)) {
      return false;
    }
    String[] command = {
      STRACE.toString(), "-o", "/dev/null", "-e", "inject=sync:error=EIO", "true"
    };
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  @Test
  @Timeout(300)
  void eachCallOfTheKernelThatFailsAtAnyStepIsToldOrMadeUpFor() throws Exception {
    assumeTrue(straceWorks(), "NOT TRIED: strace (Debian: strace) is missing or may not trace");
    String said =
        run(
            StraceFaults.class,
            directory.toString(),
            "ENOMEM",
            "EMFILE",
            "EAGAIN",
            "EINTR",
            "EPERM",
            "ENOSPC",
            "EIO",
            "MISSING");
    assertTrue(said.contains(", 0 wrong"), said);
  }

  @Test
  @Timeout(3_600)
  void theLimitOfOpenFilesIsReachedAndLeftWithoutALoss() throws Exception {
    String said = run(FileLimits.class, Integer.toString(LIMIT_ROUNDS));
    assertTrue(said.contains(LIMIT_ROUNDS + " rounds"), said);
  }

  @Test
  @Timeout(7_200)
  void aStormOfSignalsIsNotNoticed() throws Exception {
    String said = run(SignalStorm.class, directory.toString(), Integer.toString(STORM));
    assertTrue(said.contains(STORM + " operations"), said);
  }

  @Test
  @Timeout(3_600)
  void aListOfViewsThatNoCollectionShortensIsFullAndTheNextVersionKnows() throws Exception {
    String said =
        run(
            List.of("-XX:+DisableExplicitGC", "-Xmx4g", "-Xmn256m"),
            NeverCollected.class,
            Integer.toString(FULL_LISTS));
    assertTrue(said.contains(FULL_LISTS + " rounds"), said);
  }
}
