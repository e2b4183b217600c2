// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.dmabufheaps.spi.ConfigValues;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static Settings settings(Map<String, ?> config) {
    return Settings.of(ConfigValues.of(config));
  }

  @Test
  void whatIsNotSetIsTheDefaultAndNumbersComeInAnyForm() {
    assertEquals(Settings.DEFAULT, settings(Map.of("service.pid", "x")));
    assertEquals(
        new Settings(2 << 20, 4096), settings(Map.of("page.bytes", 2 << 20, "max.bytes", 4096L)));
    assertEquals(new Settings(2 << 20, 0), settings(Map.of("page.bytes", " 2097152 ")));
  }

  @Test
  void whatIsNotAllowedIsRefusedByNameAndValue() {
    for (Object wrong : new Object[] {"3", 6L, "-1", -4096L, "x", "", List.of(), 1.0}) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> settings(Map.of("page.bytes", wrong)));
      assertTrue(e.getMessage().startsWith("page.bytes = " + wrong), e.getMessage());
    }
    assertThrows(
        IllegalArgumentException.class, () -> settings(Map.of("max.bytes", "1234567890123456789")));
  }
}
