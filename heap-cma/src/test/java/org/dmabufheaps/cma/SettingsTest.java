// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dmabufheaps.spi.ConfigValues;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static Settings settings(Map<String, ?> config) {
    return Settings.of(ConfigValues.of(config));
  }

  @Test
  void whatIsNotSetIsTheDefaultAndValuesComeInAnyForm() {
    assertEquals(Settings.DEFAULT, settings(Map.of()));
    assertEquals(Settings.DEFAULT, settings(Map.of("nodes", "", "region.bytes", "0")));
    assertEquals(
        new Settings(Set.of("a", "video@4"), 4 << 20, 2 << 20),
        settings(
            Map.of("nodes", " video@4  a ", "region.bytes", "4194304", "page.bytes", 2 << 20)));
  }

  @Test
  void whatIsNotAllowedIsRefusedByNameAndValue() {
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("nodes", "a/b"),
            Map.of("nodes", ".."),
            Map.of("nodes", 7L),
            Map.of("nodes", "x".repeat(64)),
            Map.of("region.bytes", -1L),
            Map.of("region.bytes", "much"),
            Map.of("page.bytes", "3"))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> settings(wrong));
      String key = wrong.keySet().iterator().next();
      assertTrue(e.getMessage().startsWith(key + " = " + wrong.get(key)), e.getMessage());
    }
  }
}
