// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code -Djava.heap.rounds=1000} is the long form. */
class JavaHeapRunsOutTest {
  private static final int ROUNDS = Integer.getInteger("java.heap.rounds", 20);

  @Test
  @Timeout(3_600)
  void whatTheHeapWasToldEndsAndTheBooksAreExactAlsoWhenTheJavaHeapIsFull() throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx16m",
            "-XX:+UseSerialGC",
            "-XX:-UseTLAB",
            "-cp",
            System.getProperty("java.class.path"),
            JavaHeapRunsOut.class.getName(),
            Integer.toString(ROUNDS),
            Long.toString(System.nanoTime()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    System.out.print(said);
    assertTrue(said.contains(ROUNDS + " rounds"), said);
  }
}
