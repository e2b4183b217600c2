// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.util.stream.Collectors;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** A heap in the framework, followed by its name. For one thread. */
final class ContainerHeap implements DemoHeap, AutoCloseable {
  /** After so long the user is told what is waited for. */
  private static final long PATIENCE_MILLIS = 2_000;

  private final BundleContext context;
  private final HeapRegistry registry;
  private final String name;
  private final ServiceTracker<HeapAllocator, HeapAllocator> tracker;
  private Bundle stopped;

  /**
   * Starts to follow a heap.
   *
   * @param context of the demo's bundle
   * @param registry tells which bundle provides the heap
   * @param name the heap's
   */
  ContainerHeap(BundleContext context, HeapRegistry registry, String name) {
    this.context = context;
    this.registry = registry;
    this.name = name;
    String filter =
        "(&(objectClass="
            + HeapAllocator.class.getName()
            + ")("
            + HeapAllocator.NAME
            + "="
            + name
            + "))";
    try {
      tracker = new ServiceTracker<>(context, FrameworkUtil.createFilter(filter), null);
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(filter, e);
    }
    tracker.open();
  }

  @Override
  public HeapAllocator await(Deadline deadline) throws IOException {
    long left = deadline.leftMillis();
    HeapAllocator heap = come(Math.min(PATIENCE_MILLIS, left));
    if (heap == null) {
      System.out.println("demo: waiting for heap " + name + ": " + why());
      heap = come(Math.max(1, left - PATIENCE_MILLIS));
    }
    if (heap == null) {
      throw new IOException("heap " + name + " has not come: " + why());
    }
    return heap;
  }

  private HeapAllocator come(long millis) throws IOException {
    try {
      return tracker.waitForService(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for heap " + name, e);
    }
  }

  private String why() {
    return registry.heaps().stream()
        .filter(heap -> heap.name.equals(name))
        .map(heap -> heap.reason)
        .findFirst()
        .orElseGet(() -> "no bundle provides it; ready are: " + ready());
  }

  private String ready() {
    return registry.heaps().stream()
        .filter(heap -> heap.available)
        .map(heap -> heap.name)
        .collect(Collectors.joining(", "));
  }

  @Override
  public boolean isThere() {
    return tracker.getService() != null;
  }

  @Override
  public String description() {
    ServiceReference<HeapAllocator> heap = tracker.getServiceReference();
    return heap == null
        ? name
        : name
            + ", backing "
            + heap.getProperty(HeapAllocator.BACKING)
            + ", exports "
            + heap.getProperty(HeapAllocator.EXPORTS);
  }

  @Override
  public void stop() throws IOException {
    Bundle provider = provider();
    try {
      provider.stop(Bundle.STOP_TRANSIENT);
      stopped = provider;
    } catch (BundleException e) {
      throw new IOException("stopping " + provider, e);
    }
  }

  private Bundle provider() throws IOException {
    for (HeapInfo heap : registry.heaps()) {
      if (heap.name.equals(name) && heap.available) {
        return bundle(heap.bundle);
      }
    }
    throw new IOException("heap " + name + " is not there");
  }

  private Bundle bundle(String symbolicName) throws IOException {
    for (Bundle bundle : context.getBundles()) {
      if (symbolicName.equals(bundle.getSymbolicName())) {
        return bundle;
      }
    }
    throw new IOException("there is no bundle " + symbolicName);
  }

  @Override
  public void start() throws IOException {
    if (stopped == null) {
      return;
    }
    try {
      stopped.start(Bundle.START_TRANSIENT);
      stopped = null;
    } catch (BundleException e) {
      throw new IOException("starting " + stopped, e);
    }
  }

  @Override
  public long liveBuffers() {
    long demo = context.getBundle().getBundleId();
    return registry.buffers().stream().filter(buffer -> buffer.ownerBundleId == demo).count();
  }

  /** Ends following; a heap that was stopped and not started again is started. */
  @Override
  public void close() throws IOException {
    tracker.close();
    start();
  }
}
