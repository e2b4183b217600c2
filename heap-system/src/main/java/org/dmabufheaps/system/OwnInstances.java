// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;

/**
 * A heap's own instances of services that have one for each user. Made here and not injected: Felix
 * SCR 2.2 keeps each that it injects until the component that it was for is deactivated, and with
 * it the class loader of a bundle that has long been uninstalled.
 */
final class OwnInstances<S> {
  private final BundleContext context;
  private final Map<ServiceReference<S>, Own<S>> all = new ConcurrentHashMap<>();

  private record Own<S>(ServiceObjects<S> objects, S instance) {
    void giveBack() {
      try {
        objects.ungetService(instance);
      } catch (IllegalStateException | IllegalArgumentException gone) {
        // The framework has taken it back by itself.
      }
    }
  }

  OwnInstances(BundleContext context) {
    this.context = context;
  }

  /** Makes one and hands it on, unless the service has gone already. */
  void make(ServiceReference<S> reference, Consumer<S> first) {
    ServiceObjects<S> objects = context.getServiceObjects(reference);
    S instance = objects == null ? null : objects.getService();
    if (instance != null) {
      all.put(reference, new Own<>(objects, instance));
      first.accept(instance);
    }
  }

  /** Gives one back, after its last use. */
  void giveBack(ServiceReference<S> reference, Consumer<S> last) {
    Own<S> own = all.remove(reference);
    if (own != null) {
      last.accept(own.instance);
      own.giveBack();
    }
  }
}
