// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.spi.HeapStatus;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;

/** A heap with its allocator service, which is registered while the heap is available. */
final class PublishedHeap {
  private final BoundHeap heap;
  private final BundleContext context;
  private final ServiceFactory<HeapAllocator> allocators;
  private final AtomicReference<ServiceRegistration<HeapAllocator>> registration =
      new AtomicReference<>();
  private volatile boolean leaving;
  private volatile Map<String, Object> properties = Map.of();

  /** Set before the service is registered: who is told of it allocates by name at once. */
  private volatile boolean offered;

  PublishedHeap(BoundHeap heap, BundleContext context, ServiceFactory<HeapAllocator> allocators) {
    this.heap = heap;
    this.context = context;
    this.allocators = allocators;
  }

  BoundHeap heap() {
    return heap;
  }

  boolean isPublished() {
    return offered;
  }

  Map<String, Object> properties() {
    return properties;
  }

  String bundle() {
    Bundle bundle = heap.reference().getBundle();
    return bundle == null ? "" : String.valueOf(bundle.getSymbolicName());
  }

  int ranking() {
    Object ranking = heap.reference().getProperty(Constants.SERVICE_RANKING);
    return ranking instanceof Integer number ? number : 0;
  }

  /** Follows the heap's status. Called by one thread at a time, see {@link BoundHeap#refresh}. */
  void follow(HeapStatus status) {
    try {
      if (status.available() && !leaving) {
        offer(status);
      } else {
        withdraw();
      }
    } catch (IllegalStateException e) {
      // Core's bundle is stopping, and its services are going anyway.
      registration.set(null);
      offered = false;
    }
  }

  private void offer(HeapStatus status) {
    Map<String, Object> now = HeapProperties.ofAllocator(heap.reference(), status);
    boolean same = same(now, properties);
    properties = now;
    ServiceRegistration<HeapAllocator> published = registration.get();
    if (published == null) {
      publish(now);
    } else if (!same) {
      published.setProperties(FrameworkUtil.asDictionary(now));
    }
  }

  private void publish(Map<String, Object> now) {
    offered = true;
    registration.set(
        context.registerService(HeapAllocator.class, allocators, FrameworkUtil.asDictionary(now)));
    if (leaving) {
      withdraw();
    }
  }

  /** Takes the allocator away for good. */
  void leave() {
    leaving = true;
    withdraw();
  }

  /** Takes the allocator away: clients react while the heap still works. */
  private void withdraw() {
    offered = false;
    ServiceRegistration<HeapAllocator> published = registration.getAndSet(null);
    if (published != null) {
      published.unregister();
    }
  }

  private static boolean same(Map<String, Object> a, Map<String, Object> b) {
    return a.keySet().equals(b.keySet())
        && a.keySet().stream().allMatch(key -> Objects.deepEquals(a.get(key), b.get(key)));
  }
}
