// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The distribution as a process, with a {@code deploy/} of its own, in a directory of the test. */
final class Container implements AutoCloseable {
  private static final Path LAUNCHER =
      Path.of(System.getProperty("container.home"), "bin", "dmabuf-heaps");
  private static final long EXIT_SECONDS = 120;
  private static final int SIGTERM_STATUS = 143;

  private final Path directory;
  private final Process process;

  private Container(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
  }

  /** Starts it; what is in {@code deploy/} already is installed with it. */
  static Container start(Path directory, String javaOptions, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(directory.resolve("output").toFile())
            .redirectError(directory.resolve("errors").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("DMABUF_HEAPS_DEPLOY"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JAVA_OPTS", "-Dfelix.fileinstall.poll=100 " + javaOptions);
    builder.environment().put("DMABUF_HEAPS_DEPLOY", deploy(directory).toString());
    return new Container(directory, builder.start());
  }

  private static Path deploy(Path directory) throws IOException {
    return Files.createDirectories(directory.resolve("deploy"));
  }

  /** Puts a bundle into {@code deploy/}, as a user should: complete, then under its name. */
  static void drop(Path directory, String file, InputStream content) throws IOException {
    Path unfinished = deploy(directory).resolve("." + file);
    try (content) {
      Files.copy(content, unfinished, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(unfinished, deploy(directory).resolve(file), StandardCopyOption.REPLACE_EXISTING);
  }

  void drop(String file, InputStream content) throws IOException {
    drop(directory, file, content);
  }

  void remove(String file) throws IOException {
    Files.delete(deploy(directory).resolve(file));
  }

  String output() throws IOException {
    return Files.readString(directory.resolve("output"));
  }

  String errors() throws IOException {
    return Files.readString(directory.resolve("errors"));
  }

  /** Waits until its standard output has a text so many times. */
  void awaitOutput(String text, int count) {
    Await.await(
        () -> count + " times \"" + text + "\"" + this, () -> count(output(), text) >= count);
  }

  /** Waits until its standard error has a text. */
  void awaitError(String text) {
    Await.await(() -> "an error \"" + text + "\"" + this, () -> errors().contains(text));
  }

  private static int count(String all, String text) {
    return all.split(java.util.regex.Pattern.quote(text), -1).length - 1;
  }

  /** Waits until it has no descriptor of a buffer or a region. */
  void awaitNoBufferDescriptors() {
    Await.await(() -> "it has no descriptor left" + this, () -> bufferDescriptors().isEmpty());
  }

  private List<String> bufferDescriptors() throws IOException {
    List<String> found = new ArrayList<>();
    Path fds = Path.of("/proc", Long.toString(process.pid()), "fd");
    try (DirectoryStream<Path> links = Files.newDirectoryStream(fds)) {
      for (Path link : links) {
        try {
          String target = Files.readSymbolicLink(link).toString();
          if (target.startsWith("/memfd:") || target.startsWith("/dmabuf:")) {
            found.add(target);
          }
        } catch (NoSuchFileException e) {
          // Closed since.
        }
      }
    }
    return found.stream().filter(name -> !name.startsWith("/memfd:libffi")).sorted().toList();
  }

  /** Waits until it has ended with a status. */
  void awaitEnd(int status) throws InterruptedException {
    if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("it still runs" + this);
    }
    assertEquals(toString(), status, process.exitValue());
  }

  /** Sends SIGTERM and waits. */
  void stop() throws InterruptedException {
    process.destroy();
    awaitEnd(SIGTERM_STATUS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  @Override
  public String toString() {
    try {
      return "\noutput: " + output() + "\nerrors: " + errors();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
