// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/** A configuration: the defaults, and what a test sets. */
final class Config {
  private Config() {}

  /** Sets names and values, by turns. */
  static BrokerConfig with(Object... set) {
    Map<String, Object> values = new HashMap<>();
    for (int i = 0; i < set.length; i += 2) {
      values.put((String) set[i], set[i + 1]);
    }
    return (BrokerConfig)
        Proxy.newProxyInstance(
            Config.class.getClassLoader(),
            new Class<?>[] {BrokerConfig.class},
            (proxy, method, arguments) ->
                values.getOrDefault(method.getName(), method.getDefaultValue()));
  }
}
