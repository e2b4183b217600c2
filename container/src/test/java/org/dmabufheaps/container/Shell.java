// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The container with its shell on a pipe: lines go in, and what they print comes out. */
final class Shell implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String PROMPT = "g! ";
  private static final String GREETING = "Welcome to Apache Felix Gogo";

  private final Launched container;
  private int commands;

  private Shell(Launched container) {
    this.container = container;
  }

  /**
   * Starts the container.
   *
   * @param directory for its files; anybody may write there from now on
   * @param prefix a command that starts it as another user, say; may be empty
   */
  static Shell start(Path directory, List<String> prefix) throws IOException {
    for (String name : List.of(".", "tmp", "deploy")) {
      Path made = Files.createDirectories(directory.resolve(name).normalize());
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
    List<String> command = new ArrayList<>(prefix);
    // The later option counts: the launcher asks for no shell without a terminal.
    command.addAll(List.of("env", "JAVA_OPTS=-Dgosh.args= -XX:TieredStopAtLevel=1"));
    command.add(home().resolve("bin/dmabuf-heaps").toString());
    Path java = Path.of(System.getProperty("java.home"));
    Shell shell = new Shell(Launched.start(directory, java, command, ProcessBuilder.Redirect.PIPE));
    shell.container.awaitOutput(GREETING);
    return shell;
  }

  /** The container that was built: beside the tests' classes. */
  static Path home() throws IOException {
    try {
      return Path.of(Shell.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .resolveSibling("dmabuf-heaps");
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** The process of the VM. */
  long pid() {
    return container.pid();
  }

  /** Runs a command; returns what it printed, errors of the shell included. */
  String run(String command) throws IOException {
    return run(command, LIMIT);
  }

  String run(String command, Duration limit) throws IOException {
    int from = container.output().length();
    String end = "end-of-command-" + ++commands;
    OutputStream input = container.input();
    input.write((command + "\necho " + end + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
    long deadline = System.nanoTime() + limit.toNanos();
    String printed;
    do {
      assertTrue(System.nanoTime() - deadline < 0, () -> command + " does not end" + container);
      assertTrue(container.isAlive(), () -> "it ended at " + command + container);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      printed = container.output().substring(from);
    } while (!printed.contains(end + "\n") && !printed.contains(end + "\r\n"));
    return printed.substring(0, printed.indexOf(end)).replace(PROMPT, "").strip();
  }

  /** Repeats a command until what it prints contains all of these. */
  String await(String command, String... parts) throws IOException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      String printed = run(command);
      if (List.of(parts).stream().allMatch(printed::contains)) {
        return printed;
      }
      assertTrue(
          System.nanoTime() - deadline < 0,
          () -> command + " does not come to print " + List.of(parts) + container);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  @Override
  public void close() {
    container.close();
  }

  @Override
  public String toString() {
    return container.toString();
  }
}
