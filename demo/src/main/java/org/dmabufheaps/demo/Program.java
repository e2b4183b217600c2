// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Another program of this machine, which is running. Closing it ends it. For one thread. */
final class Program implements AutoCloseable {
  private static final long LEAVE_MILLIS = 2_000;

  private final String name;
  private final Process process;
  private final Path output;

  private Program(String name, Process process, Path output) {
    this.name = name;
    this.process = process;
    this.output = output;
  }

  /** Finds a program where the shell would. */
  static Optional<Path> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(path.split(":"))
        .map(directory -> Path.of(directory, name).toAbsolutePath())
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts a program.
   *
   * @param environment what it has besides this process's own
   * @param command the program and its arguments
   * @return the program, to be closed
   * @throws IOException when it can't be started
   */
  static Program start(Map<String, String> environment, String... command) throws IOException {
    Path output = Files.createTempFile("dmabuf-demo-", ".out");
    boolean done = false;
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Program program = new Program(command[0], builder.start(), output);
      done = true;
      return program;
    } finally {
      if (!done) {
        Files.delete(output);
      }
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until it has ended with success.
   *
   * @param deadline until when
   * @return what it printed, without the last line's end
   * @throws IOException when it has not ended by then, or failed; with what it printed
   */
  String end(Deadline deadline) throws IOException {
    int status = status(deadline);
    if (status != 0) {
      throw new IOException(name + ": status " + status + ": " + said());
    }
    return said();
  }

  /**
   * Waits until it has ended.
   *
   * @param deadline until when
   * @return its exit status
   * @throws IOException when it has not ended by then; with what it printed
   */
  int status(Deadline deadline) throws IOException {
    try {
      if (!process.waitFor(deadline.leftMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(name + " does not end: " + said());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + name + " runs", e);
    }
  }

  private String said() throws IOException {
    return new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
  }

  /** Returns when the process has gone, or does not go. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor(LEAVE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Files.delete(output);
    }
  }
}
