// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmabufheaps.bench.report.Sizes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  private static Options parse(String line) {
    return Options.parse(List.of("latency", "aosp"), line.isEmpty() ? List.of() : words(line));
  }

  private static List<String> words(String line) {
    return List.of(line.split(" ", -1));
  }

  @Test
  void withoutArgumentsAllIsMeasured() {
    Options options = parse("");
    assertTrue(options.wants("latency") && options.wants("aosp"));
    assertEquals(List.of(1L, 2L), options.sizes(List.of(1L, 2L)));
    assertEquals(9, options.rounds());
  }

  @Test
  void rowsAndSizesNarrowItDown() {
    Options options = parse("--row latency --size 1M --rounds 20");
    assertFalse(options.wants("aosp"));
    assertEquals(List.of(Sizes.B1M), options.sizes(List.of(Sizes.B4K, Sizes.B1M)));
    assertEquals(20, options.rounds());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--row nothing",
        "--size 3",
        "--rounds 0",
        "--rounds many",
        "--row",
        "--unknown",
        "-x 1"
      })
  void whatIsNoOptionIsRefused(String line) {
    assertThrows(IllegalArgumentException.class, () -> parse(line));
  }
}
