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
    try {
      if (!process.waitFor(deadline.leftMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(name + " does not end: " + said());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + name + " runs", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(name + ": status " + process.exitValue() + ": " + said());
    }
    return said();
  }

  private String said() throws IOException {
    return Files.readString(output, StandardCharsets.UTF_8).strip();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.delete(output);
  }
}
