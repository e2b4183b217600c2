// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Factory configurations of a test, deleted at its end. */
final class FactoryConfigurations implements AutoCloseable {
  private final ConfigurationAdmin admin;
  private final List<Configuration> configurations = new ArrayList<>();

  FactoryConfigurations(BundleContext context) {
    admin = context.getService(context.getServiceReference(ConfigurationAdmin.class));
  }

  /** Makes one more. */
  void add(String factoryPid, Map<String, ?> values) throws IOException {
    Configuration configuration = admin.createFactoryConfiguration(factoryPid, "?");
    configurations.add(configuration);
    configuration.update(FrameworkUtil.asDictionary(values));
  }

  /** Changes the one that was added so many before; the key and its value stay. */
  void update(int index, String key, String value, Map<String, ?> values) throws IOException {
    Map<String, Object> all = new TreeMap<>(values);
    all.put(key, value);
    configurations.get(index).update(FrameworkUtil.asDictionary(all));
  }

  /** Deletes one. */
  void remove(int index) throws IOException {
    configurations.remove(index).delete();
  }

  @Override
  public void close() throws IOException {
    while (!configurations.isEmpty()) {
      remove(0);
    }
  }
}
