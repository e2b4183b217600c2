// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.HashMap;
import java.util.Map;
import org.dmabufheaps.spi.ConfigValues;

/** A configuration: what a test sets, and the defaults. */
final class Config {
  private Config() {}

  /** Sets names and values, by turns. */
  static Settings with(Object... set) {
    Map<String, Object> values = new HashMap<>();
    for (int i = 0; i < set.length; i += 2) {
      values.put((String) set[i], set[i + 1]);
    }
    return Settings.of(ConfigValues.of(values));
  }
}
