// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Placement;
import org.dmabufheaps.linux.RegionHeap;
import org.dmabufheaps.linux.RegionSource;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.MemoryBudget;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** The bundles that come and go under the model's clients, and their configurations. */
final class ModelBundles implements AutoCloseable {
  static final String SLICES = "slices";
  static final long SLICES_BYTES = 1 << 20;

  /** Of which this machine may have none. */
  static final List<String> CONTIGUOUS = List.of("system-contig", "default_cma_region");

  static final List<String> HEAPS = List.of("system", SLICES, CONTIGUOUS.get(0), CONTIGUOUS.get(1));

  private static final Path HUGE_PAGES = Path.of("/proc/sys/vm/nr_hugepages");
  private static final String CORE_PID = "org.dmabufheaps.core";
  private static final String SYSTEM_PID = "org.dmabufheaps.heap.system";
  private static final String CMA_PID = "org.dmabufheaps.heap.cma";

  private final ContainerTest test;
  private final BundleContext context;
  private final ModelClients clients;
  private final Map<String, Bundle> boltOns = new HashMap<>();
  private final List<Bundle> contiguous = new ArrayList<>();
  private final List<Bundle> owners = new ArrayList<>();
  private RegionHeap region;
  private ServiceRegistration<Heap> slices;
  private long lastLimit = 1L << 40;

  ModelBundles(ContainerTest test, BundleContext context, ModelClients clients) throws Exception {
    this.test = test;
    this.context = context;
    this.clients = clients;
    for (String name : ModelClients.OWNERS) {
      owners.add(TestBundle.named(name).start(context));
    }
    configure(CMA_PID, Map.of("region.bytes", 4L << 20));
    contiguous.add(test.install("heap-system-contig"));
    contiguous.add(test.install("heap-cma"));
    offerSlices();
    findServices();
    findMissing();
  }

  /** Huge pages that are all taken may come back; where there are none there never are. */
  private void findMissing() throws IOException {
    boolean pages = Files.exists(HUGE_PAGES) && !Files.readString(HUGE_PAGES).startsWith("0");
    CONTIGUOUS.stream()
        .filter(heap -> !pages && !info(heap).available)
        .forEach(clients.books().missing::add);
  }

  private void offerSlices() {
    LinuxMemory linux = service(LinuxMemory.class);
    region = new RegionHeap(linux, service(MemoryBudget.class), text -> {});
    region.configure(() -> RegionSource.memfd(SLICES_BYTES), Placement::firstFit);
    slices =
        context.registerService(
            Heap.class, region, FrameworkUtil.asDictionary(Map.of(HeapAllocator.NAME, SLICES)));
  }

  private void withdrawSlices() {
    slices.unregister();
    region.close();
    clients.revoked(handle -> handle.buffer.heap.equals(SLICES));
  }

  private void findServices() {
    test.awaitStartSet();
    Await.await("there are slices", () -> info(SLICES).available);
    for (String heap : CONTIGUOUS) {
      Await.await("heap " + heap + " was asked", () -> !info(heap).reason.equals("not asked"));
    }
    for (int i = 0; i < owners.size(); i++) {
      clients.service(i, serviceOf(owners.get(i)));
    }
  }

  private static AllocationService serviceOf(Bundle owner) {
    BundleContext of = owner.getBundleContext();
    return of.getService(of.getServiceReference(AllocationService.class));
  }

  private HeapInfo info(String heap) {
    return registry().heaps().stream()
        .filter(info -> info.name.equals(heap))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no heap " + heap));
  }

  private HeapRegistry registry() {
    return service(HeapRegistry.class);
  }

  private <T> T service(Class<T> type) {
    ServiceReference<T> found = context.getServiceReference(type);
    return context.getService(found);
  }

  long liveBytes(String heap) {
    return info(heap).liveBytes;
  }

  /** The books' entries, sorted. */
  List<String> entries() {
    return registry().buffers().stream().map(ModelBundles::entry).sorted().toList();
  }

  private static String entry(BufferInfo info) {
    return ModelMemory.line(
        info.owner,
        info.account,
        info.heap,
        info.sizeBytes,
        info.label,
        info.exportedFds,
        info.openAccesses,
        info.attachments);
  }

  private Configuration configuration(String pid) throws IOException {
    return service(ConfigurationAdmin.class).getConfiguration(pid, "?");
  }

  private void configure(String pid, Map<String, ?> values) throws Exception {
    configuration(pid).update(FrameworkUtil.asDictionary(values));
  }

  /** Limits, each of its own value, so that it can be seen when they are in force. */
  void limit(SplittableRandom random) throws Exception {
    lastLimit -= 4096;
    if (random.nextInt(4) == 0) {
      long most = 16384L + 4096L * random.nextInt(16) + (1L << 40) - lastLimit;
      configure(SYSTEM_PID, Map.of("max.bytes", most));
      Await.await("it is taken", () -> info("system").maxBytes == most);
      clients.books().maxBytes(most);
      return;
    }
    boolean none = random.nextInt(3) == 0;
    long heap = none ? lastLimit : (1L << 17) + 4096L * random.nextInt(256) + lastLimit % 4096;
    long owner = none ? Long.MAX_VALUE : (1L << 17) + 4096L * random.nextInt(256);
    long account = none ? Long.MAX_VALUE : 1L << 16;
    String[] quotas = {
      "heap:system=" + heap,
      "bundle:" + ModelClients.OWNERS.get(0) + "=" + owner,
      "account:" + ModelClients.ACCOUNTS.get(1) + "=" + account
    };
    long reserve = (64 << 20) + (1L << 40) - lastLimit;
    configure(CORE_PID, Map.of("quotas", quotas, "reserve.bytes", reserve));
    Await.await("it is taken", () -> registry().budget().reserveBytes == reserve);
    clients.books().quotas(heap, owner, account);
  }

  /** Is refused, and changes nothing. */
  void configureBad(SplittableRandom random) throws Exception {
    String pid = random.nextBoolean() ? CORE_PID : SYSTEM_PID;
    Map<String, Object> former = new HashMap<>();
    var now = configuration(pid).getProperties();
    if (now != null) {
      now.keys().asIterator().forEachRemaining(key -> former.put(key, now.get(key)));
    }
    Map<String, Object> bad = new HashMap<>(former);
    bad.put(pid.equals(CORE_PID) ? "total.max.bytes" : "max.bytes", -1L - random.nextInt(9));
    configure(pid, bad);
    configure(pid, former);
  }

  /** Installs an optional bundle, or uninstalls it. */
  void toggle(String name, SplittableRandom random) throws Exception {
    Bundle there = boltOns.remove(name);
    if (there != null) {
      there.uninstall();
    } else {
      Bundle bundle = test.install(name);
      boltOns.put(name, bundle);
      if (random.nextInt(3) == 0) {
        bundle.stop();
        bundle.start();
      }
    }
  }

  /** All that it has open is closed. */
  void stopOwner(SplittableRandom random) throws Exception {
    int index = random.nextInt(owners.size());
    Bundle owner = owners.get(index);
    owner.stop();
    clients.stopped(index);
    owner.start();
    clients.service(index, serviceOf(owner));
  }

  void restartSystem(boolean update) throws Exception {
    Bundle heap = test.installed(ContainerTest.HEAP_SYSTEM);
    if (update) {
      heap.update();
    } else {
      heap.stop();
      heap.start();
    }
    clients.revoked(handle -> handle.buffer.heap.equals("system"));
    findServices();
  }

  void restartContiguous(int which) throws Exception {
    Bundle heap = contiguous.get(which);
    heap.stop();
    heap.start();
    clients.revoked(handle -> handle.buffer.heap.equals(CONTIGUOUS.get(which)));
    findServices();
  }

  void restartLinux() throws Exception {
    withdrawSlices();
    Bundle linux = test.installed(ContainerTest.LINUX_MEMORY);
    linux.stop();
    clients.revoked(handle -> true);
    linux.start();
    offerSlices();
    findServices();
  }

  void restartCore() throws Exception {
    Bundle core = test.installed(ContainerTest.CORE);
    core.stop();
    clients.coreStopped();
    core.start();
    slices.unregister();
    region.close();
    offerSlices();
    findServices();
  }

  @Override
  public void close() throws BundleException, IOException {
    for (Bundle owner : owners) {
      owner.uninstall();
    }
    slices.unregister();
    region.close();
    for (Bundle boltOn : boltOns.values()) {
      boltOn.uninstall();
    }
    for (Bundle heap : contiguous) {
      heap.uninstall();
    }
    configuration(CMA_PID).delete();
    configuration(CORE_PID).delete();
    configuration(SYSTEM_PID).delete();
    Await.await(
        "the defaults are back",
        () ->
            info("system").limitBytes == Long.MAX_VALUE
                && info("system").maxBytes == Long.MAX_VALUE);
  }
}
