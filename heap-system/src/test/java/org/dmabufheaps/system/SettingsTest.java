// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.dmabufheaps.spi.ConfigValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsTest {
  private static Settings settings(Map<String, ?> config) {
    return Settings.of(ConfigValues.of(config));
  }

  @Test
  void anEmptyConfigurationIsTheDefault() {
    assertEquals(Settings.DEFAULT, settings(Map.of()));
    assertEquals(
        Settings.DEFAULT,
        settings(Map.of("backing", "auto", "node", "system", "max.bytes", 0L, "other", 1.5)));
  }

  @Test
  void numbersMayBeTextAsInAFile() {
    assertEquals(4096, settings(Map.of("max.bytes", " 4096 ")).maxBytes());
    assertEquals(4096, settings(Map.of("max.bytes", 4096)).maxBytes());
    assertEquals(
        new Settings(Set.of(Backing.UDMABUF), "linux,cma@50000000", 1L << 40),
        settings(
            Map.of("backing", "udmabuf", "node", "linux,cma@50000000", "max.bytes", 1L << 40)));
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        Arguments.of("backing", "ion"),
        Arguments.of("backing", "MEMFD"),
        Arguments.of("backing", new String[] {"memfd"}),
        Arguments.of("backing", ""),
        Arguments.of("node", ""),
        Arguments.of("node", ".."),
        Arguments.of("node", "a/b"),
        Arguments.of("node", "x".repeat(64)),
        Arguments.of("max.bytes", -1L),
        Arguments.of("max.bytes", "-1"),
        Arguments.of("max.bytes", "64M"),
        Arguments.of("max.bytes", ""),
        Arguments.of("max.bytes", "9223372036854775808"),
        Arguments.of("max.bytes", 1.5),
        Arguments.of("max.bytes", true));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void aBadValueIsRefusedWithKeyAndWhatIsAllowed(String key, Object value) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> settings(Map.of(key, value)));
    assertTrue(e.getMessage().startsWith(key + " = "), e.getMessage());
    assertTrue(e.getMessage().contains("allowed is "), e.getMessage());
  }
}
