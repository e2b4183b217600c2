// SPDX-License-Identifier: Apache-2.0
package com.acme.heap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The built jar in the container: "dmabuf-heaps check" runs the conformance kit on its heaps. */
class ConformanceIT {

  @Test
  void theHeapsOfTheJarConform() throws Exception {
    Path home = Path.of(System.getProperty("dmabuf.heaps.home"));
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/dmabuf-heaps").toString());
    command.add("check");
    command.add(System.getProperty("heap.jar"));
    try (Stream<Path> configurations = Files.list(Path.of("src/main/cfg"))) {
      configurations.map(Path::toString).forEach(command::add);
    }
    Process check = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    System.out.println(output);
    assertEquals(0, check.waitFor(), output);
  }
}
