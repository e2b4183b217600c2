// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.bench.source.Books;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/** A bundle that allocates from the heap {@code system}. */
final class HeapClient implements Client, AutoCloseable {
  private static final String HEAP = "system";
  private static final long WAIT_MILLIS = 20_000;

  private final ServiceTracker<HeapAllocator, HeapAllocator> heap;
  private final ServiceTracker<HeapRegistry, HeapRegistry> registry;
  private final ServiceTracker<FdSockets, FdSockets> sockets;
  private final ServiceTracker<Shrinker, Shrinker> shrinkers;
  private final ServiceTracker<ConfigurationAdmin, ConfigurationAdmin> configurations;

  HeapClient(BundleContext context) {
    heap = tracker(context, HeapAllocator.class, "(" + HeapAllocator.NAME + "=" + HEAP + ")");
    registry = tracker(context, HeapRegistry.class, "(objectClass=*)");
    sockets = tracker(context, FdSockets.class, "(objectClass=*)");
    shrinkers = tracker(context, Shrinker.class, "(objectClass=*)");
    configurations = tracker(context, ConfigurationAdmin.class, "(objectClass=*)");
  }

  private static <T> ServiceTracker<T, T> tracker(
      BundleContext context, Class<T> type, String filter) {
    String all = "(&(objectClass=" + type.getName() + ")" + filter + ")";
    try {
      ServiceTracker<T, T> tracker =
          new ServiceTracker<>(context, FrameworkUtil.createFilter(all), null);
      tracker.open();
      return tracker;
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(all, e);
    }
  }

  private static <T> T await(ServiceTracker<T, T> tracker, String what) {
    try {
      T service = tracker.waitForService(WAIT_MILLIS);
      if (service != null) {
        return service;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IllegalStateException("there is no " + what);
  }

  @Override
  public Source source() {
    return new ClientSource(await(heap, "heap " + HEAP), this::books);
  }

  private HeapInfo info() {
    return await(registry, "heap registry").heaps().stream()
        .filter(candidate -> candidate.name.equals(HEAP))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no heap " + HEAP));
  }

  @Override
  public Books books() {
    HeapInfo info = info();
    return new Books(
        info.liveBytes,
        info.pooledBytes,
        info.pendingFreeBytes,
        info.statistics.getOrDefault("pool hits", 0L),
        info.statistics.getOrDefault("pool misses", 0L));
  }

  @Override
  public String heap() {
    await(heap, "heap " + HEAP);
    HeapInfo info = info();
    return info.name + ", backing " + info.backing + ", exports " + info.exports;
  }

  @Override
  public long shrink() {
    long freed = 0;
    for (Shrinker shrinker : shrinkers.getServices(new Shrinker[0])) {
      freed += shrinker.scan(Long.MAX_VALUE);
    }
    return freed;
  }

  @Override
  public void configure(String pid, Map<String, String> properties) throws IOException {
    await(configurations, "Config Admin")
        .getConfiguration(pid, "?")
        .update(FrameworkUtil.asDictionary(properties));
  }

  @Override
  public Peer listen(Path socket) throws IOException {
    return new LendingPeer(await(sockets, "FdSockets").listen(socket));
  }

  @Override
  public void close() {
    heap.close();
    registry.close();
    sockets.close();
    shrinkers.close();
    configurations.close();
  }
}
