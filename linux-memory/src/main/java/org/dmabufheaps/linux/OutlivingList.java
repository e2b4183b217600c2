// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;

/**
 * Finds what must not be forgotten when this bundle is updated: it is a service of the framework's
 * own bundle, made of types of the JDK alone, and stays as long as the framework runs. Outside a
 * framework there are no updates, and a static does.
 */
final class OutlivingList {
  /** A service property; its value is the layout of what is kept. */
  static final String PROPERTY = "org.dmabufheaps.linux.retired";

  static final int LAYOUT = 4;

  private OutlivingList() {}

  /** Returns what a former version made, or makes it. */
  static Object[] find() {
    Bundle own = FrameworkUtil.getBundle(OutlivingList.class);
    BundleContext context = own == null ? null : own.getBundleContext();
    if (context == null) {
      return LoneList.KEPT;
    }
    return find(context.getBundle(Constants.SYSTEM_BUNDLE_ID).getBundleContext());
  }

  private static Object[] find(BundleContext framework) {
    if (services(framework).isEmpty()) {
      register(framework, LoneList.fresh());
    }
    // The eldest, should two have been made at once.
    AtomicReference<?> kept = framework.getService(Collections.max(services(framework)));
    return (Object[]) kept.get();
  }

  private static void register(BundleContext framework, Object... made) {
    Map<String, Object> properties =
        Map.of(
            PROPERTY,
            LAYOUT,
            Constants.SERVICE_DESCRIPTION,
            "What org.dmabufheaps.linux-memory has yet to unmap, and where devices may still write;"
                + " outlives its updates");
    ServiceRegistration<?> unused =
        framework.registerService(
            AtomicReference.class,
            new AtomicReference<>(made),
            FrameworkUtil.asDictionary(properties));
  }

  @SuppressWarnings("rawtypes")
  private static Collection<ServiceReference<AtomicReference>> services(BundleContext framework) {
    try {
      String filter = "(" + PROPERTY + "=" + LAYOUT + ")";
      return framework.getServiceReferences(AtomicReference.class, filter);
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
