// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The distribution, started again and again on one directory for its state. */
@Timeout(1800)
class StateIT {
  private static final Path HOME = Path.of(System.getProperty("container.home"));
  private static final Path JAVA = Path.of(System.getProperty("java.home"));
  private static final int SIGKILL_STATUS = 137;

  /** How often it is killed: {@code -Dcontainer.kills=100} for the long form. */
  private static final int KILLS = Integer.getInteger("container.kills", 5);

  @TempDir Path directory;

  @Test
  void startsAgainWithoutAHandHoweverOftenItIsKilled() throws Exception {
    Path state = directory.resolve("state");
    for (int round = 0; round < KILLS; round++) {
      try (Launched container = inState(state, "--headless")) {
        awaitSomeOfItsStart(container);
        container.kill();
        assertEquals(SIGKILL_STATUS, container.awaitEnd(), container::toString);
      }
    }
    assertListsHeaps(JAVA, state, "");
  }

  /** It may be killed at any moment: in the launcher, while bundles are copied, or later. */
  private static void awaitSomeOfItsStart(Launched container) {
    long nanos = ThreadLocalRandom.current().nextLong(3_000_000_000L);
    long until = System.nanoTime() + nanos;
    container.await("killed after " + nanos + " ns", () -> System.nanoTime() - until > 0);
  }

  @Test
  void anArchiveOfClassesIsUsedWhenItFitsAndPassedOverWhenItDoesNot() throws Exception {
    Path state = directory.resolve("state");
    try (Launched container = inState(state, "archive")) {
      assertEquals(0, container.awaitEnd(), container::toString);
    }
    Path made = onlyArchive(state);
    String logged = "-Xlog:class+load:file=" + directory.resolve("loaded");
    assertListsHeaps(JAVA, state, logged);
    String core = "org.dmabufheaps.core.CoreComponent source: shared objects file";
    assertTrue(Files.readString(directory.resolve("loaded")).contains(core));
    for (Path other : ContainerIT.javas()) {
      assertListsHeaps(other, state, "");
    }
    try (FileChannel file = FileChannel.open(made, StandardOpenOption.WRITE)) {
      file.truncate(Files.size(made) / 2);
    }
    assertListsHeaps(JAVA, state, "");
    Files.writeString(state.resolve("classes-7.jsa"), "nothing");
    Files.delete(made);
    assertListsHeaps(JAVA, state, "");
  }

  private static Path onlyArchive(Path state) throws IOException {
    try (Stream<Path> files = Files.list(state)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".jsa")).toList();
      assertEquals(1, found.size(), found::toString);
      // The VM made it for nobody to write to.
      Files.setPosixFilePermissions(found.get(0), PosixFilePermissions.fromString("rw-------"));
      return found.get(0);
    }
  }

  private void assertListsHeaps(Path java, Path state, String options) throws Exception {
    try (Launched container = inState(java, state, options, "exec", "heap:list")) {
      assertEquals(0, container.awaitEnd(), container::toString);
      assertTrue(container.output().contains("\nsystem "), container::toString);
      assertEquals("", container.errors());
    }
  }

  private Launched inState(Path state, String... arguments) throws IOException {
    return inState(JAVA, state, "", arguments);
  }

  private Launched inState(Path java, Path state, String options, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("env", "DMABUF_HEAPS_STATE=" + state, "JAVA_OPTS=" + options));
    command.add(HOME.resolve("bin/dmabuf-heaps").toString());
    command.addAll(List.of(arguments));
    return Launched.start(directory, java, command);
  }
}
