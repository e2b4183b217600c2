// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** The container as a process, with a temporary directory of its own. Closing it ends it. */
final class Launched implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final Process process;
  private final Path temporary;
  private final Path output;
  private final Path errors;

  private Launched(Process process, Path directory) {
    this.process = process;
    this.temporary = directory.resolve("tmp");
    this.output = directory.resolve("output");
    this.errors = directory.resolve("errors");
  }

  /**
   * Starts a command.
   *
   * @param directory holds its temporary directory, {@code deploy/} and what it prints
   * @param javaHome the Java to run on
   * @param command the launcher and its arguments, or what leads to it
   */
  static Launched start(Path directory, Path javaHome, List<String> command) throws IOException {
    return start(
        directory, javaHome, command, ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
  }

  /** As above, with that for its standard input. */
  static Launched start(
      Path directory, Path javaHome, List<String> command, ProcessBuilder.Redirect input)
      throws IOException {
    Files.createDirectories(directory.resolve("tmp"));
    Files.createDirectories(directory.resolve("deploy"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(input)
            .redirectOutput(directory.resolve("output").toFile())
            .redirectError(directory.resolve("errors").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("DMABUF_"));
    builder.environment().remove("JAVA_OPTS");
    builder.environment().put("JAVA_HOME", javaHome.toString());
    builder.environment().put("TMPDIR", directory.resolve("tmp").toString());
    builder.environment().put("DMABUF_HEAPS_DEPLOY", directory.resolve("deploy").toString());
    return new Launched(builder.start(), directory);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Its standard input, when that is a pipe. */
  OutputStream input() {
    return process.getOutputStream();
  }

  String output() {
    return read(output);
  }

  String errors() {
    return read(errors);
  }

  /** Waits for a text on its standard output. */
  void awaitOutput(String text) {
    await("prints \"" + text + "\"", () -> output().contains(text));
  }

  /** Waits until it has ended, and left nothing. */
  int awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      fail("still runs after " + limit + this);
    }
    await("its temporary directory is empty", this::nothingIsLeft);
    return process.exitValue();
  }

  int awaitEnd() throws InterruptedException {
    return awaitEnd(LIMIT);
  }

  /** Sends SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** Sends SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  private boolean nothingIsLeft() {
    try (Stream<Path> left = Files.list(temporary)) {
      return left.findAny().isEmpty() && process.descendants().findAny().isEmpty();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until a condition holds, and says what the process printed when it does not. */
  void await(String description, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, () -> "not so: " + description + this);
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String toString() {
    String status = process.isAlive() ? "it runs" : "status " + process.exitValue();
    return "\n" + status + "\noutput: " + output() + "\nerrors: " + errors();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
