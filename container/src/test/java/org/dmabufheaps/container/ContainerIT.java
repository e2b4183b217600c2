// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The distribution, started by its launcher as a user starts it. */
@Timeout(180)
class ContainerIT {
  private static final Path HOME = Path.of(System.getProperty("container.home"));
  private static final Path ARCHIVE = Path.of(System.getProperty("container.archive"));
  private static final Path JAVA = Path.of(System.getProperty("java.home"));
  private static final int SIGINT_STATUS = 130;
  private static final int SIGTERM_STATUS = 143;
  private static final int SIGKILL_STATUS = 137;
  private static final String PROMPT = "g! ";
  private static final String CONTROL_C = "\u0003";
  private static final String CONTROL_D = "\u0004";

  @TempDir Path directory;

  /** The Java of this build, and a Java 24 or later where there is one. */
  static List<Path> javas() throws IOException {
    List<Path> javas = new ArrayList<>(List.of(JAVA));
    Path all = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(all)) {
      try (Stream<Path> homes = Files.list(all)) {
        homes.filter(ContainerIT::isRecent).limit(1).forEach(javas::add);
      }
    }
    return javas;
  }

  private static boolean isRecent(Path home) {
    try {
      String release = Files.readString(home.resolve("release"));
      return release.matches("(?s).*JAVA_VERSION=\"(2[4-9]|[3-9]\\d)\\b.*") && !home.equals(JAVA);
    } catch (IOException e) {
      return false;
    }
  }

  private Launched launch(Path java, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("bin/dmabuf-heaps").toString()));
    command.addAll(List.of(arguments));
    return Launched.start(directory, java, command);
  }

  @ParameterizedTest
  @MethodSource("javas")
  void runsOneCommandAndEnds(Path java) throws Exception {
    try (Launched container = launch(java, "exec", "lb")) {
      assertEquals(0, container.awaitEnd(), container::toString);
      assertTrue(container.output().contains("dmabuf-heaps core"), container::toString);
      assertEquals("", container.errors());
    }
  }

  @ParameterizedTest
  @MethodSource("javas")
  void sigtermStopsTheBundlesInTimeAndLeavesNothing(Path java) throws Exception {
    try (Launched container = launch(java, "--headless")) {
      Hello.drop(directory.resolve("deploy"));
      container.awaitOutput(Hello.STARTED);
      container.terminate();
      assertEquals(SIGTERM_STATUS, container.awaitEnd(), container::toString);
      assertTrue(container.output().contains(Hello.STOPPED), container::toString);
    }
  }

  @Test
  void aFailedCommandIsStatusOneAndSaysWhy() throws Exception {
    try (Launched container = launch(JAVA, "exec", "no:such")) {
      assertEquals(1, container.awaitEnd(), container::toString);
      assertTrue(container.errors().contains("no:such"), container::toString);
    }
  }

  @Test
  void aTerminalHasTheShellUntilTheEndOfInput() throws Exception {
    try (Launched container = onTerminal()) {
      container.awaitOutput(PROMPT);
      type(container, "heap:list\n");
      container.await("the table and the prompt", () -> count(container, PROMPT) == 2);
      assertTrue(container.output().contains("\nsystem "), container::toString);
      type(container, CONTROL_D);
      assertEquals(0, container.awaitEnd(), container::toString);
    }
  }

  @Test
  void exitEndsTheShellAndTheContainer() throws Exception {
    try (Launched container = onTerminal()) {
      container.awaitOutput(PROMPT);
      type(container, "exit\n");
      assertEquals(0, container.awaitEnd(), container::toString);
    }
  }

  @Test
  void controlCStopsItInOrder() throws Exception {
    try (Launched container = onTerminal()) {
      container.awaitOutput(PROMPT);
      Hello.drop(directory.resolve("deploy"));
      container.awaitOutput(Hello.STARTED);
      type(container, CONTROL_C);
      assertEquals(SIGINT_STATUS, container.awaitEnd(), container::toString);
      assertTrue(container.output().contains(Hello.STOPPED), container::toString);
    }
  }

  /**
   * Starts it on a pseudo-terminal, by {@code script(1)}, to which what is typed goes. Who runs the
   * tests in the background may have them ignore SIGINT, and all that they start.
   */
  private Launched onTerminal() throws IOException {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    String launcher = HOME.resolve("bin/dmabuf-heaps").toString();
    command.addAll(List.of("script", "-qec", launcher, "/dev/null"));
    return Launched.start(directory, JAVA, command, ProcessBuilder.Redirect.PIPE);
  }

  private static void type(Launched container, String keys) throws IOException {
    container.input().write(keys.getBytes(StandardCharsets.UTF_8));
    container.input().flush();
  }

  @Test
  void aBundleComesWithItsFileAndGoesWithIt() throws Exception {
    try (Launched container = launch(JAVA)) {
      for (int round = 0; round < 2; round++) {
        Path jar = Hello.drop(directory.resolve("deploy"));
        int times = round + 1;
        container.await("started", () -> count(container, Hello.STARTED) == times);
        Files.delete(jar);
        container.await("stopped", () -> count(container, Hello.STOPPED) == times);
      }
      container.terminate();
      container.awaitEnd();
    }
  }

  private static int count(Launched container, String line) {
    return container.output().split(line, -1).length - 1;
  }

  @Test
  void nothingIsLeftWhenItIsKilled() throws Exception {
    try (Launched container = launch(JAVA, "--headless")) {
      Hello.drop(directory.resolve("deploy"));
      container.awaitOutput(Hello.STARTED);
      container.kill();
      assertEquals(SIGKILL_STATUS, container.awaitEnd(), container::toString);
    }
  }

  @Test
  void theArchiveRunsFromAPathWithSpacesThroughALink() throws Exception {
    Path place = Files.createDirectories(directory.resolve("a place & 100% odd"));
    Process tar =
        new ProcessBuilder("tar", "-xzf", ARCHIVE.toString(), "-C", place.toString())
            .inheritIO()
            .start();
    assertEquals(0, tar.waitFor());
    Path launcher;
    try (Stream<Path> unpacked = Files.list(place)) {
      launcher = unpacked.findFirst().orElseThrow().resolve("bin/dmabuf-heaps");
    }
    Path link = Files.createSymbolicLink(directory.resolve("link"), launcher);
    List<String> command =
        List.of(link.toString(), "demo", "frames=30", "png=" + directory.resolve("picture.png"));
    try (Launched container = Launched.start(directory, JAVA, command)) {
      assertEquals(0, container.awaitEnd(), container::toString);
    }
  }

  @Test
  void theDemoTellsWhichHeapItWaitsForAndWhichThereAre() throws Exception {
    try (Launched container = launch(JAVA, "demo", "heap=nope")) {
      container.awaitOutput("demo: waiting for heap nope: no bundle provides it; ready are: ");
      container.terminate();
      container.awaitEnd();
    }
  }

  @Test
  void theDemoRunsANativeClientAgainstABrokerOfItsOwn() throws Exception {
    Path client = directory.resolve("client");
    Files.writeString(client, "#!/bin/sh\n[ -S \"$DMABUF_HEAPS_SOCKET\" ] && echo \"$1 $2\"\n");
    assertTrue(client.toFile().setExecutable(true));
    String picture = "png=" + directory.resolve("picture.png");
    try (Launched container = launch(JAVA, "demo", "frames=3", "client=" + client, picture)) {
      assertEquals(0, container.awaitEnd(), container::toString);
      String said = "demo: a native client of the broker: system 1048576\n";
      assertTrue(container.output().contains(said), container::toString);
    }
  }

  @Test
  void runsOnAReadOnlyRootWithTmpNoexecAndNoHome() throws Exception {
    assumeTrue(canMount(), "only root can mount");
    String script =
        """
        set -e
        mount --rbind /tmp /tmp
        mount -o remount,bind,noexec /tmp
        mount -t tmpfs -o noexec none "$1"
        mount --bind "$2" "$2"
        mount -o remount,bind,ro,exec "$2"
        mount -o remount,bind,ro /
        if echo >"$2/bin/x" || echo >/etc/x; then echo not read-only; exit 9; fi 2>/dev/null
        cp /bin/true "$1/true"
        if "$1/true"; then echo not noexec; exit 9; fi 2>/dev/null
        rm "$1/true"
        exec env -u HOME "$2/bin/dmabuf-heaps" demo frames=30 png="$1/../picture.png"
        """;
    Path tmp = directory.resolve("tmp");
    Files.createFile(directory.resolve("picture.png"));
    List<String> command =
        List.of("unshare", "-m", "sh", "-c", script, "sh", tmp.toString(), HOME.toString());
    try (Launched container = Launched.start(directory, JAVA, command)) {
      assertEquals(0, container.awaitEnd(), container::toString);
    }
  }

  private static boolean canMount() throws Exception {
    List<String> command = List.of("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt");
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
