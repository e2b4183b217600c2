// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A native program that gets a buffer of a heap from the broker. */
final class NativeClient {
  private static final long BYTES = 1 << 20;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private NativeClient() {}

  /**
   * Runs the program and says what it says.
   *
   * @param program takes a heap's name and a number of bytes, and prints what it got
   * @param broker the broker's socket, which may come yet
   * @param heap the heap's name
   * @param deadline until when
   * @throws IOException when there is no broker, or the program fails or does not end
   */
  static void run(Path program, Path broker, String heap, Deadline deadline) throws IOException {
    awaitSocket(broker);
    Map<String, String> where = Map.of("DMABUF_HEAPS_SOCKET", broker.toString());
    try (Program client = Program.start(where, program.toString(), heap, Long.toString(BYTES))) {
      System.out.println("demo: a native client of the broker: " + client.end(deadline));
    }
  }

  private static void awaitSocket(Path broker) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!Files.exists(broker)) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(
            "the broker serves no clients at " + broker + ": heap:clients says why");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
