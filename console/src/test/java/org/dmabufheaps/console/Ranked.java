// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.Dictionary;
import java.util.Map;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;

/** A reference that has nothing but a service ranking. */
record Ranked(int ranking) implements ServiceReference<Shrinker> {
  @Override
  public int compareTo(Object other) {
    return Integer.compare(ranking, ((Ranked) other).ranking);
  }

  @Override
  public Object getProperty(String key) {
    return null;
  }

  @Override
  public String[] getPropertyKeys() {
    return new String[0];
  }

  @Override
  public Bundle getBundle() {
    return null;
  }

  @Override
  public Bundle[] getUsingBundles() {
    return new Bundle[0];
  }

  @Override
  public boolean isAssignableTo(Bundle bundle, String className) {
    return true;
  }

  @Override
  public Dictionary<String, Object> getProperties() {
    return FrameworkUtil.asDictionary(Map.of());
  }

  @Override
  public <A> A adapt(Class<A> type) {
    return null;
  }
}
