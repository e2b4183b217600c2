// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SelftestCommandTest {
  private final Shell shell = new Shell();

  @AfterEach
  void stop() {
    shell.close();
  }

  @Test
  void aHeapThatPassesIsToldCheckByCheckAndSummedUp() throws Exception {
    shell.kit.outcomes.put("system", Outcome.PASS);
    assertEquals(
        """
        Checking heap system
          1/2 PASS memory is zero (12 ms)
          2/2 PASS buffers are apart (1230 ms)
        HEAP    BACKING  EXPORTS  PASSED  FAILED  SKIPPED   TIME  RESULT
        system  memfd    memfd         2       0        0  1.2 s  ok
        """,
        shell.run("heap:selftest system"));
  }

  @Test
  void checksArePickedByAWord() throws Exception {
    shell.kit.outcomes.put("system", Outcome.PASS);
    assertEquals(
        """
        Checking heap system
          1/1 PASS memory is zero (12 ms)
        HEAP    BACKING  EXPORTS  PASSED  FAILED  SKIPPED   TIME  RESULT
        system  memfd    memfd         1       0        0  0.0 s  ok
        """,
        shell.run("heap:selftest system 'is zero'"));
  }

  @Test
  void aSlowMachineGetsMoreSecondsForEachCheck() throws Exception {
    shell.kit.outcomes.put("system", Outcome.PASS);
    shell.run("heap:selftest system");
    assertEquals(Options.standard(), shell.kit.asked);
    assertTrue(shell.run("heap:selftest system '' 240").contains("2/2 PASS"));
    assertEquals(Options.standard().withLimitPerCheck(Duration.ofMinutes(4)), shell.kit.asked);
    assertTrue(shell.fail("heap:selftest system '' 0").startsWith("0 is no count from 1"));
  }

  @Test
  void aFailureIsToldAndThrown() {
    shell.kit.outcomes.put("system", Outcome.FAIL);
    assertEquals(
        "failed: system (1 of 2); the lines above say what", shell.fail("heap:selftest system"));
    assertEquals(
        """
        Checking heap system
          1/2 PASS memory is zero (12 ms)
          2/2 FAIL buffers are apart (1230 ms)
                    expected 0x00; saw 0xaa
        HEAP    BACKING  EXPORTS  PASSED  FAILED  SKIPPED   TIME  RESULT
        system  memfd    memfd         1       1        0  1.2 s  FAILED
        """,
        shell.printed);
  }

  @Test
  void allAvailableHeapsAreCheckedOnceEachAndAFailureDoesNotEndTheRun() {
    shell.core.heap("a");
    shell.core.heap("a").ranking = -1;
    shell.core.heap("b");
    shell.core.heap("c").available = false;
    shell.core.heaps.get(3).reason = "no node";
    shell.kit.outcomes.put("a", Outcome.FAIL);
    shell.kit.outcomes.put("b", Outcome.SKIP);
    assertEquals("failed: a (1 of 2); the lines above say what", shell.fail("heap:selftest --all"));
    assertTrue(shell.printed.startsWith("c is unavailable and not checked: no node\n"));
    assertTrue(
        shell.printed.endsWith(
            """
            HEAP  BACKING  EXPORTS  PASSED  FAILED  SKIPPED   TIME  RESULT
            a     memfd    memfd         1       1        0  1.2 s  FAILED
            b     memfd    memfd         1       0        1  1.2 s  ok
            """),
        shell.printed);
  }

  @Test
  void withoutAHeapItFails() {
    assertEquals("no heap is available; heap:list says why", shell.fail("heap:selftest --all"));
    assertEquals(
        "checking heap x: there is none: ENODEV;" + " heap:list shows the heaps that there are",
        shell.fail("heap:selftest x"));
    assertEquals("usage: heap:selftest NAME|--all [CHECK [SECONDS]]", shell.fail("heap:selftest"));
  }
}
