// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LineCommandsTest {
  private static final List<Map<String, Object>> COMPONENTS =
      List.of(
          Map.of("service.pid", "other"),
          Map.of("osgi.command.scope", "camera", "osgi.command.function", "capture"),
          Map.of(
              "osgi.command.scope",
              "heap",
              "osgi.command.function",
              new String[] {"list", "buffers"}));

  @Test
  void eachCommandThatAComponentProvidesIsWaitedForOnce() {
    assertEquals(
        List.of(
            "(&(osgi.command.scope=camera)(osgi.command.function=capture))",
            "(&(osgi.command.scope=heap)(osgi.command.function=buffers))"),
        filters("camera:capture system /tmp/x.png; heap:buffers; heap:buffers"));
  }

  @Test
  void whatNoComponentProvidesIsLeftToTheShell() {
    assertEquals(List.of(), filters("lb; no:such; heap:nothing; camera:list; echo 12:30"));
  }

  private static List<String> filters(String line) {
    return LineCommands.of(line, COMPONENTS).filters();
  }
}
