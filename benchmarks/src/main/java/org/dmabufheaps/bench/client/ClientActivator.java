// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.client;

import org.dmabufheaps.bench.source.Client;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Offers the client to the benchmark, as a service. */
public final class ClientActivator implements BundleActivator {
  private HeapClient client;

  @Override
  public void start(BundleContext context) {
    client = new HeapClient(context);
    context.registerService(Client.class, client, null);
  }

  @Override
  public void stop(BundleContext context) {
    client.close();
  }
}
