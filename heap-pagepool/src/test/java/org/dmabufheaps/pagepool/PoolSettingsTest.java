// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.dmabufheaps.spi.ConfigValues;
import org.junit.jupiter.api.Test;

class PoolSettingsTest {
  private static ConfigValues config(long high, long refill, long age, String... ready) {
    return ConfigValues.of(
        Map.of(
            "high.bytes", high,
            "refill.max.bytes", refill,
            "max.age.millis", age,
            "keep.ready", ready));
  }

  @Test
  void aGoodConfigurationIsRead() {
    PoolSettings settings = PoolSettings.of(config(1, 0, 3, " 3110400*4 ", "", "4096*100"));
    assertEquals(new PoolSettings(1, 0, 3, Map.of(3110400L, 4, 4096L, 100)), settings);
    assertEquals(settings, PoolSettings.of(config(1, 0, 3, "3110400*4, 4096*100")));
  }

  @Test
  void aBadOneIsRefusedWithWhatIsAllowed() {
    assertThrows(IllegalArgumentException.class, () -> PoolSettings.of(config(-1, 0, 0)));
    assertThrows(IllegalArgumentException.class, () -> PoolSettings.of(config(0, -1, 0)));
    assertThrows(IllegalArgumentException.class, () -> PoolSettings.of(config(0, 0, -1)));
    assertEquals(31_536_000_000L, PoolSettings.of(config(0, 0, 31_536_000_000L)).maxAgeMillis());
    assertThrows(
        IllegalArgumentException.class, () -> PoolSettings.of(config(0, 0, 31_536_000_001L)));
    for (String bad : new String[] {"4096", "*4", "0*4", "4096*0", "4096*5000", "4k*2", "-1*2"}) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> PoolSettings.of(config(0, 0, 0, bad)));
      assertEquals(
          "keep.ready = " + bad + ": allowed is BYTES*COUNT with 1 to 4096", refused.getMessage());
    }
  }
}
