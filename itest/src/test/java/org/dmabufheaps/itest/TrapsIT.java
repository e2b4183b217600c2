// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.spi.Heap;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;

/** Mistakes that are easily made with Declarative Services and with memory, each made once. */
public class TrapsIT extends VendorTest {

  /** Who gated on the vendor's service would be activated before core knows the heap. */
  @Test
  public void whoIsActivatedByAnAllocatorFindsTheHeapByItsName() throws Exception {
    Components.byNameClient("system").start(context);
    await("it is active", () -> count("allocated") == 1);
    for (int round = 2; round <= 20; round++) {
      int rounds = round;
      installed(HEAP_SYSTEM).stop();
      installed(HEAP_SYSTEM).start();
      Await.await(
          () -> "it is active again: " + events, () -> count("allocated") + others() == rounds);
    }
    assertEquals(events.toString(), 0, others());
  }

  @Test
  public void whoWaitsForAHeapThatIsDroppedInFindsItByItsName() throws Exception {
    Components.byNameClient("acme").start(context);
    for (int round = 1; round <= 10; round++) {
      int rounds = round;
      Bundle vendor = Components.vendorHeap("acme", VendorHeap.Misdeed.NONE).start(context);
      Await.await(() -> "it is active: " + events, () -> count("allocated") >= rounds);
      vendor.uninstall();
    }
    assertEquals(10, count("allocated"));
  }

  private long count(String event) {
    return events.stream().filter(event::equals).count();
  }

  private long others() {
    Set<String> known =
        Set.of("allocated", "deactivated", "revoked", "retired", "detached", "released");
    return events.stream().filter(event -> !known.contains(event)).count();
  }

  /** Declarative Services keeps what a live bundle has, whatever becomes of its components. */
  @Test
  public void whatABundleHasIsClosedWhenItStopsAndNotWhenAComponentOfItLeaves() throws Exception {
    Bundle vendor = Components.vendorHeap("acme", VendorHeap.Misdeed.NONE).start(context);
    Bundle client = Components.byNameClient("acme").start(context);
    await("it is active", () -> count("allocated") == 1);
    vendor.stop();
    assertEquals("the component left, and the heap", 2, count("deactivated"));
    List<?> left = books().buffers();
    assertEquals("its buffer of another heap stays: " + left, 1, left.size());
    assertEquals("kept", Books.value(left.get(0), "label"));
    client.stop();
    assertEquals(List.of(), books().buffers());
  }

  @Test
  public void anAttachmentDoesNotOutliveItsBundle() throws Exception {
    Components.vendorHeap("acme", VendorHeap.Misdeed.NONE).start(context);
    Bundle client = Components.byNameClient("acme").start(context);
    await("it is active", () -> count("allocated") == 1);
    assertEquals(1L, books().ofHeap("acme", "liveBuffers"));
    events.clear();
    client.stop();
    assertEquals(0L, books().ofHeap("acme", "liveBuffers"));
    assertEquals(List.of("deactivated", "detached", "released"), events);
  }

  /** A component without an explicit list publishes every interface that it has. */
  @Test
  public void ourBundlesPublishWhatIsMeantAndNothingElse() {
    String api = "org.dmabufheaps.";
    assertEquals(
        Set.of(
            "[" + api + "AllocationService]",
            "[" + api + "FdSockets]",
            "[" + api + "HeapAllocator]",
            "[" + api + "HeapRegistry]",
            "[" + api + "spi.MemoryBudget]"),
        publishedBy(CORE));
    assertEquals(
        Set.of("[" + api + "linux.LinuxMemory, " + api + "spi.MemoryBackend]"),
        publishedBy(LINUX_MEMORY));
    assertEquals(Set.of("[" + api + "spi.Heap]"), publishedBy(HEAP_SYSTEM));
    assertEquals(
        Set.of("[" + api + "conformance.ConformanceKit]"),
        publishedBy("org.dmabufheaps.conformance"));
    Set<String> ofTheConsole = publishedBy("org.dmabufheaps.console");
    ofTheConsole.remove("[org.apache.felix.fileinstall.ArtifactInstaller]");
    assertTrue(
        ofTheConsole.stream()
            .allMatch(types -> types.startsWith("[" + api + "console.") && !types.contains(",")));
  }

  private Set<String> publishedBy(String bundle) {
    return services(bundle)
        .map(service -> (String[]) service.getProperty(Constants.OBJECTCLASS))
        .map(types -> Arrays.stream(types).sorted().toList().toString())
        .filter(types -> !types.contains("ManagedService"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Stream<ServiceReference<?>> services(String bundle) {
    ServiceReference<?>[] registered = installed(bundle).getRegisteredServices();
    return registered == null ? Stream.empty() : Arrays.stream(registered);
  }

  /** The prefix of a property type is ignored, silently, when the annotation is not public. */
  @Test
  public void aHeapsPropertiesHaveTheirPrefix() {
    ServiceReference<?> heap = services(HEAP_SYSTEM).findFirst().orElseThrow();
    assertEquals("system", heap.getProperty("dmabuf.heap.name"));
    assertEquals(false, heap.getProperty("dmabuf.heap.contiguous"));
    assertEquals(null, heap.getProperty("name"));
    assertEquals(null, heap.getProperty("contiguous"));
    ServiceReference<?> allocator = context.getServiceReference(HeapAllocator.class);
    List<String> stray =
        Arrays.stream(allocator.getPropertyKeys())
            .filter(key -> !key.startsWith("dmabuf.heap.") && !key.startsWith("service."))
            .filter(key -> !key.equals(Constants.OBJECTCLASS))
            .toList();
    assertEquals(List.of(), stray);
  }

  /** A component that publishes from its own activation must not be what its clients need. */
  @Test
  public void coreComesBackWithoutACircle() throws Exception {
    Components.byNameClient("system").start(context);
    await("it is active", () -> count("allocated") == 1);
    for (int round = 2; round <= 5; round++) {
      int rounds = round;
      installed(CORE).stop();
      assertEquals(rounds - 1, count("deactivated"));
      installed(CORE).start();
      Await.await(() -> "it is active again: " + events, () -> count("allocated") == rounds);
    }
    log().assertNone("ircular");
    log().assertNone("has thrown");
    assertEquals(1, serviceCount(Heap.class, null));
  }

  /** Earlier ones fail on a second unget of a dynamic reference of prototype scope. */
  @Test
  public void declarativeServicesIsRecentEnoughForPrototypes() {
    Version least = new Version(2, 2, 14);
    assertTrue(installed("org.apache.felix.scr").getVersion().compareTo(least) >= 0);
  }
}
