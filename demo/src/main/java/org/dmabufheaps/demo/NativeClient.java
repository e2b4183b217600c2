// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A native program that gets a buffer of a heap from the broker. */
final class NativeClient {
  private static final Path DEFAULT = Path.of("/run/dmabuf-heaps/org.dmabufheaps");
  private static final long BYTES = 1 << 20;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private NativeClient() {}

  /**
   * Runs the program and says what it says; or that nobody is served where the broker serves by
   * default.
   *
   * @param program takes a heap's name and a number of bytes, and prints what it got
   * @param broker the broker's socket, which may come yet; empty for the default one
   * @param heap the heap's name
   * @param deadline until when
   * @throws IOException when there is no broker, or the program fails or does not end
   */
  static void run(Path program, Optional<Path> broker, String heap, Deadline deadline)
      throws IOException {
    Path socket = broker.orElse(DEFAULT);
    if (!comes(socket, deadline)) {
      String why = "the broker serves no clients at " + socket + ": heap:clients says why";
      if (broker.isPresent()) {
        throw new IOException(why);
      }
      System.out.println("demo: left out: a native client, since " + why);
      return;
    }
    Map<String, String> where = Map.of("DMABUF_HEAPS_SOCKET", socket.toString());
    try (Program client = Program.start(where, program.toString(), heap, Long.toString(BYTES))) {
      System.out.println("demo: a native client of the broker: " + client.end(deadline));
    }
  }

  private static boolean comes(Path socket, Deadline deadline) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!Files.exists(socket) && System.nanoTime() - end < 0) {
      deadline.pause(LOOK_NANOS, "waiting for the broker");
    }
    return Files.exists(socket);
  }
}
