// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.concurrent.atomic.AtomicReference;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/**
 * The list of retired views, where {@code linux-memory} keeps it: a service of the framework's own
 * bundle, since it outlives the one that made it.
 */
final class StaleViews {
  private static final String FILTER = "(org.dmabufheaps.linux.retired=4)";
  private static final int TOTALS = 3;

  private StaleViews() {}

  /** How many retired views still have their address space. */
  static long count() {
    return totals()[0];
  }

  /** How much address space they have, in bytes. */
  static long bytes() {
    return totals()[1];
  }

  private static long[] totals() {
    BundleContext context = FrameworkUtil.getBundle(StaleViews.class).getBundleContext();
    Object[] shared = shared(context.getBundle(Constants.SYSTEM_BUNDLE_ID).getBundleContext());
    synchronized (shared) {
      return ((long[]) shared[TOTALS]).clone();
    }
  }

  private static Object[] shared(BundleContext framework) {
    try {
      var list = framework.getServiceReferences(AtomicReference.class, FILTER).iterator().next();
      return (Object[]) framework.getService(list).get();
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
