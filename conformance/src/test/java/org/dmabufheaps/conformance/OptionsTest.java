// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static final Options STANDARD = Options.standard();

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> STANDARD.withLimitPerCheck(Duration.ofNanos(1)));
    assertThrows(IllegalArgumentException.class, () -> STANDARD.withRounds(15));
    assertThrows(IllegalArgumentException.class, () -> STANDARD.withRounds(1_000_001));
    assertThrows(IllegalArgumentException.class, () -> STANDARD.withLargestBytes(-1));
    assertThrows(IllegalArgumentException.class, () -> STANDARD.withLargestBytes(1));
  }

  @Test
  void aChangeLeavesTheRest() {
    Options options = STANDARD.withRounds(16).withLargestBytes(1 << 20).withOnly("zero");
    assertEquals(new Options(STANDARD.limitPerCheck(), 16, 1 << 20, "zero"), options);
  }

  @Test
  void aReportPassesWhenSomethingPassedAndNothingFailed() {
    assertTrue(report(Outcome.PASS, Outcome.SKIP).passed());
    assertFalse(report(Outcome.PASS, Outcome.FAIL).passed());
    assertFalse(report(Outcome.SKIP).passed());
    assertEquals(1, report(Outcome.PASS, Outcome.FAIL).failures().size());
  }

  private static Report report(Outcome... outcomes) {
    List<Result> results =
        List.of(outcomes).stream().map(o -> new Result("c", o, "", Duration.ZERO)).toList();
    return new Report("acme", "fake", "none", results);
  }
}
