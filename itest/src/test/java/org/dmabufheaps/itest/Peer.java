// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A second process that holds a descriptor of a buffer. It is told what to do by a pipe, so that it
 * depends on nothing that the container under test may close.
 *
 * <p>Has no type of ours in its signatures: a test that uses it need not import core.
 */
final class Peer implements AutoCloseable {
  private static final long EXIT_SECONDS = 10;

  private final Path directory;
  private final Process process;
  private final PrintWriter to;
  private final BufferedReader from;
  private boolean killed;

  private Peer(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
    this.to = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    this.from =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Gives a descriptor to whoever connects to a socket. */
  interface Giver {
    void giveAt(Path socket) throws Exception;
  }

  static Peer start() throws IOException {
    Path directory = Files.createTempDirectory("itest-peer-");
    return new Peer(directory, process(directory, PeerProcess.class));
  }

  /** Starts a class that stands alone as a process; its file goes into a directory. */
  static Process process(Path directory, Class<?> main, String... arguments) throws IOException {
    Path classFile = directory.resolve(main.getName().replace('.', '/') + ".class");
    Files.createDirectories(classFile.getParent());
    try (InputStream in = main.getResourceAsStream(main.getSimpleName() + ".class")) {
      Files.copy(in, classFile, StandardCopyOption.REPLACE_EXISTING);
    }
    List<String> command = command(directory, main.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static List<String> command(Path directory, String main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    String jars = System.getProperty("bundles.dir") + File.separator;
    String classPath =
        String.join(
            File.pathSeparator,
            directory.toString(),
            jars + "core-api.jar",
            jars + "linux-memory.jar",
            jars + "jna.jar");
    command.addAll(List.of("-cp", classPath, main));
    return command;
  }

  /** Takes a descriptor, in place of the one that it has. */
  void take(Giver giver) throws Exception {
    Path socket = directory.resolve("socket");
    to.println("take " + socket);
    giver.giveAt(socket);
    answer("take");
  }

  /** Takes a descriptor from whoever listens there, in place of the one that it has. */
  void takeFrom(Path socket) throws IOException {
    ask("take " + socket);
  }

  /** Kills the process, which holds what it has until then. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
    killed = true;
  }

  /** Reads 8 bytes, through a mapping that is made anew from the descriptor. */
  long get(long offset) throws IOException {
    return Long.parseLong(ask("get " + offset));
  }

  /** Writes 8 bytes, through a mapping that is made anew from the descriptor. */
  void put(long offset, long value) throws IOException {
    ask("put " + offset + " " + value);
  }

  /** Maps the buffer and closes the descriptor. */
  void map() throws IOException {
    ask("map");
  }

  /** Closes the descriptor, and unmaps. */
  void drop() throws IOException {
    ask("drop");
  }

  private String ask(String command) throws IOException {
    to.println(command);
    return answer(command);
  }

  private String answer(String command) throws IOException {
    String answer = from.readLine();
    if (answer == null || !answer.startsWith("ok ")) {
      StringBuilder all = new StringBuilder("the peer answers to " + command + ": " + answer);
      while (answer != null && from.ready()) {
        answer = from.readLine();
        all.append('\n').append(answer);
      }
      throw new IOException(all.toString());
    }
    return answer.substring("ok ".length());
  }

  /** Ends the process, whose exit status must be 0. */
  @Override
  public void close() throws IOException {
    to.close();
    try {
      if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("the peer does not end");
      }
      if (process.exitValue() != 0 && !killed) {
        throw new IOException("the peer ended with status " + process.exitValue());
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException("while the peer ends");
    } finally {
      process.destroyForcibly();
      from.close();
      delete(directory);
    }
  }

  static void delete(Path tree) throws IOException {
    try (var paths = Files.walk(tree)) {
      for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }
}
