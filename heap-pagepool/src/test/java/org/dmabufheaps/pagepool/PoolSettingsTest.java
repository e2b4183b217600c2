// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolSettingsTest {
  private static PagePoolConfig config(long high, long refill, long age, String... ready) {
    Map<String, Object> values =
        Map.of(
            "high_bytes", high,
            "refill_max_bytes", refill,
            "max_age_millis", age,
            "keep_ready", ready);
    return (PagePoolConfig)
        Proxy.newProxyInstance(
            PagePoolConfig.class.getClassLoader(),
            new Class<?>[] {PagePoolConfig.class},
            (proxy, method, args) -> values.get(method.getName()));
  }

  @Test
  void aGoodConfigurationIsRead() {
    PoolSettings settings = PoolSettings.of(config(1, 0, 3, " 3110400*4 ", "", "4096*100"));
    assertEquals(new PoolSettings(1, 0, 3, Map.of(3110400L, 4, 4096L, 100)), settings);
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
          "keep.ready = \"" + bad + "\": allowed is BYTES*COUNT with 1 to 4096",
          refused.getMessage());
    }
  }
}
