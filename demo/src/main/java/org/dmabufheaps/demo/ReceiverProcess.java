// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;

/**
 * The second process as its parent sees it. It shares nothing with the parent but a socket, whose
 * path is gone as soon as it is connected; when the socket ends, so does the process.
 */
final class ReceiverProcess implements AutoCloseable {
  private static final long POLL_MILLIS = 200;
  private static final long LEAVE_MILLIS = 2_000;

  /** What the receiver must find its native code with, as this process does. */
  private static final List<String> PASSED_ON =
      List.of("jna.boot.library.path", "jna.nounpack", "jna.nosys", "java.io.tmpdir");

  private final Process process;
  private final Channel channel;

  private ReceiverProcess(Process process, Channel channel) {
    this.process = process;
    this.channel = channel;
  }

  /**
   * Starts the process and waits until it has connected.
   *
   * @param sockets listens
   * @param classPath of the receiver, separated by colons
   * @param png where its picture goes
   * @param source of the frames
   * @param deadline until when
   * @return the process, to be closed, which ends it
   * @throws IOException when it did not start or connect, or somebody else did
   */
  static ReceiverProcess start(
      FdSockets sockets, String classPath, Path png, Options.Source source, Deadline deadline)
      throws IOException {
    Path directory =
        Files.createTempDirectory(
            "dmabuf-demo-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path socket = directory.resolve("socket");
    try (FdListener listener = sockets.listen(socket)) {
      Process process = exec(List.of(socket.toString(), png.toString(), source.name()), classPath);
      try {
        Channel channel = connect(listener, process, deadline);
        return new ReceiverProcess(process, channel);
      } catch (IOException | RuntimeException e) {
        reap(process);
        throw e;
      }
    } finally {
      Files.deleteIfExists(socket);
      Files.delete(directory);
    }
  }

  private static Process exec(List<String> arguments, String classPath) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"));
    command.add("-Djava.awt.headless=true");
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    for (String property : PASSED_ON) {
      if (System.getProperty(property) != null) {
        command.add("-D" + property + "=" + System.getProperty(property));
      }
    }
    command.addAll(List.of("-cp", classPath, Receiver.class.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static Channel connect(FdListener listener, Process process, Deadline deadline)
      throws IOException {
    FdSocket socket = accept(listener, process, deadline);
    if (socket.peer().pid() != process.pid()) {
      socket.close();
      throw new IOException("process " + socket.peer().pid() + " connected, not " + process.pid());
    }
    return new Channel(socket);
  }

  private static FdSocket accept(FdListener listener, Process process, Deadline deadline)
      throws IOException {
    while (process.isAlive()) {
      try {
        return listener.accept(Math.min(POLL_MILLIS, deadline.leftMillis()));
      } catch (HeapException e) {
        if (!Errno.ETIMEDOUT.is(e)) {
          throw e;
        }
      }
    }
    throw new IOException("the receiver ended with status " + process.exitValue());
  }

  Channel channel() {
    return channel;
  }

  long pid() {
    return process.pid();
  }

  /**
   * Waits until the process has ended by itself.
   *
   * @param deadline until when
   * @return its exit status
   * @throws IOException when it has not by then
   */
  int awaitExit(Deadline deadline) throws IOException {
    try {
      if (process.waitFor(deadline.leftMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IOException("the receiver " + process.pid() + " has not ended");
  }

  /** Closes the socket; kills the process if it does not leave then. */
  @Override
  public void close() {
    channel.close();
    reap(process);
  }

  private static void reap(Process process) {
    try {
      if (process.waitFor(LEAVE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
