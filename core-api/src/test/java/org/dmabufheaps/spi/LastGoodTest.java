// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LastGoodTest {
  private final List<String> log = new ArrayList<>();
  private final LastGood<Long> bytes =
      new LastGood<>("acme", log::add, 7L, values -> values.whole("max.bytes", 5, 0, 100));

  @Test
  void theFirstSettingsAreInForceUntilThereIsAGoodConfiguration() {
    assertEquals(7L, bytes.get());
    bytes.change(Map.of());
    assertEquals(5L, bytes.get());
    assertEquals("", bytes.refused());
    assertEquals(List.of(), log);
  }

  @Test
  void aBadOneIsRefusedInOneLineWithKeyValueAndWhatIsAllowed() {
    bytes.change(Map.of("max.bytes", 6L));
    for (Object bad : new Object[] {101, -1L, "6 GiB", "", 6.0, true, List.of(), new long[] {3}}) {
      log.clear();
      bytes.change(Map.of("max.bytes", bad, "unknown", 1));
      assertEquals(6L, bytes.get());
      assertEquals(List.of(bytes.refused()), log);
      String why = "configuration acme refused, the last good one stays: max.bytes = ";
      assertTrue(bytes.refused().startsWith(why), bytes.refused());
      assertTrue(bytes.refused().endsWith(": allowed is a whole number, 0 to 100"));
    }
    bytes.change(Map.of("max.bytes", " 8 "));
    assertEquals(8L, bytes.get());
    assertEquals("", bytes.refused());
  }

  @Test
  void keysThatAreNoSettingsAreToldWhenTheyCome() {
    Map<String, Object> misspelt =
        Map.of("max.byte", 1, "z", 2, "service.pid", "acme", "dmabuf.heap.name", "n", ".mine", 3);
    bytes.change(misspelt);
    bytes.change(misspelt);
    assertEquals(
        List.of("configuration acme has keys that are no settings and change nothing: max.byte, z"),
        log);
    bytes.change(Map.of());
    bytes.change(misspelt);
    assertEquals(2, log.size());
  }

  @Test
  void aValueNeverMakesMoreThanOneLineNorALongOne() {
    bytes.change(Map.of("max.bytes", "1\nforged" + "\u2028" + "x".repeat(10_000)));
    assertTrue(bytes.refused().contains("max.bytes = 1?forged?xxx"), bytes.refused());
    assertTrue(bytes.refused().length() < 300, bytes.refused());
  }

  @Test
  void listsComeAsArraysCollectionsOrOneText() {
    assertEquals(List.of("a", "b"), texts(new String[] {" a ", "", "b"}));
    assertEquals(List.of("a", "b"), texts(List.of("a", "b")));
    assertEquals(List.of("a,b"), texts("a,b"));
    assertEquals(List.of(), texts(" "));
    assertThrows(IllegalArgumentException.class, () -> texts(new Object[] {"a", 1}));
    assertThrows(IllegalArgumentException.class, () -> texts(new int[] {1}));
  }

  private static List<String> texts(Object value) {
    return ConfigValues.of(Map.of("all", value)).texts("all");
  }

  @Test
  void flagsAreTrueOrFalse() {
    assertEquals(true, ConfigValues.of(Map.of("on", "true")).flag("on", false));
    assertEquals(false, ConfigValues.of(Map.of("on", false)).flag("on", true));
    assertEquals(true, ConfigValues.of(Map.of()).flag("on", true));
    for (Object bad : new Object[] {"yes", 1, "TRUE", ""}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> ConfigValues.of(Map.of("on", bad)).flag("on", false));
    }
  }
}
