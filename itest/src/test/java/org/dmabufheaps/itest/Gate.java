// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** What a {@link VendorHeap} needs, in a container where no test offers it. The gate is shut. */
public final class Gate implements BundleActivator {
  private final CountDownLatch gate = new CountDownLatch(1);

  @Override
  public void start(BundleContext context) {
    context.registerService(
        List.class,
        new CopyOnWriteArrayList<>(),
        FrameworkUtil.asDictionary(Map.of("itest", "events")));
    context.registerService(
        CountDownLatch.class, gate, FrameworkUtil.asDictionary(Map.of("itest", "gate")));
  }

  @Override
  public void stop(BundleContext context) {
    gate.countDown();
  }

  /** An activator that throws. */
  public static final class Broken implements BundleActivator {
    @Override
    public void start(BundleContext context) {
      throw new ExceptionInInitializerError("on purpose");
    }

    @Override
    public void stop(BundleContext context) {}
  }
}
