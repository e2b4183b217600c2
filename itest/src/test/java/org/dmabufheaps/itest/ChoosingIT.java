// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.Heap;
import org.junit.After;
import org.junit.Test;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/** How clients come to a heap: by its properties, their needs intersected, ranking deciding. */
public class ChoosingIT extends VendorTest {
  private static final String CONTIGUOUS = "(dmabuf.heap.contiguous=true)";
  private static final String LARGE = "(dmabuf.heap.max.bytes>=8388608)";
  private static final long MIB = 1 << 20;

  private final List<AutoCloseable> heaps = new ArrayList<>();

  @After
  public void noHeapIsLeft() throws Exception {
    for (AutoCloseable heap : heaps) {
      heap.close();
    }
  }

  private static Map<String, Object> properties(String name, int ranking, Object... more) {
    Map<String, Object> all = new TreeMap<>();
    all.put(HeapAllocator.NAME, name);
    all.put(Constants.SERVICE_RANKING, ranking);
    for (int i = 0; i < more.length; i += 2) {
      all.put((String) more[i], more[i + 1]);
    }
    return all;
  }

  private ServiceRegistration<Heap> heap(Map<String, Object> properties) {
    FaultyHeap heap = new FaultyHeap(service(LinuxMemory.class, null), null);
    ServiceRegistration<Heap> registration =
        context.registerService(Heap.class, heap, FrameworkUtil.asDictionary(properties));
    heaps.add(
        () -> {
          leave(registration);
          heap.close();
        });
    return registration;
  }

  private static void leave(ServiceRegistration<Heap> registration) {
    try {
      registration.unregister();
    } catch (IllegalStateException e) {
      // It has left already.
    }
  }

  private String heapOf(String wanted) throws HeapException {
    try (DmaBuf buffer = allocations().allocate(wanted, 4096)) {
      return buffer.heap();
    }
  }

  @Test
  public void aFilterFindsAHeapByWhatItCanDoAndARefusalSaysWhatThereIs() throws Exception {
    heap(properties("camera", 0, HeapAllocator.CONTIGUOUS, true, HeapAllocator.MAX_BYTES, 4 * MIB));
    heap(properties("secure", 0, "dmabuf.acme.secure", true));
    assertEquals("camera", heapOf(CONTIGUOUS));
    assertEquals("secure", heapOf("(dmabuf.acme.secure=true)"));
    assertEquals("system", heapOf("(&(dmabuf.heap.backing=*)(!(dmabuf.heap.backing=faulty)))"));
    AllocationService allocations = allocations();
    HeapException none = assertThrows(HeapException.class, () -> allocations.allocate(LARGE, 4096));
    assertTrue(none.getMessage(), Errno.ENODEV.is(none));
    assertTrue(
        none.getMessage(),
        none.getMessage().contains("no heap matches; available: camera, secure, system"));
  }

  @Test
  public void theNeedsOfSeveralConsumersAreOneFilter() throws Exception {
    heap(properties("small", 9, HeapAllocator.CONTIGUOUS, true, HeapAllocator.MAX_BYTES, MIB));
    heap(properties("scattered", 9, HeapAllocator.MAX_BYTES, 64 * MIB));
    heap(properties("both", 0, HeapAllocator.CONTIGUOUS, true, HeapAllocator.MAX_BYTES, 16 * MIB));
    assertEquals("small", heapOf(CONTIGUOUS));
    assertEquals("scattered", heapOf(LARGE));
    assertEquals("both", heapOf("(&" + CONTIGUOUS + LARGE + ")"));
  }

  @Test
  public void ofSeveralThatMatchTheHighestRankingIsTakenAsItIsNow() throws Exception {
    ServiceRegistration<Heap> first = heap(properties("first", 1, HeapAllocator.CONTIGUOUS, true));
    heap(properties("second", 2, HeapAllocator.CONTIGUOUS, true));
    assertEquals("second", heapOf(CONTIGUOUS));
    first.setProperties(
        FrameworkUtil.asDictionary(properties("first", 3, HeapAllocator.CONTIGUOUS, true)));
    assertEquals("first", heapOf(CONTIGUOUS));
    first.unregister();
    assertEquals("second", heapOf(CONTIGUOUS));
  }

  @Test
  public void aNameGoesBeforeAnAliasAndAnAliasLeadsToTheHighestRanking() throws Exception {
    heap(properties("one", 5, HeapAllocator.ALIASES, new String[] {"video", "system"}));
    heap(properties("two", 7, HeapAllocator.ALIASES, "video"));
    assertEquals("two", heapOf("video"));
    assertEquals("system", heapOf("system"));
  }

  @Test
  public void aClientStaysWithItsHeapUntilThatLeavesAndThenHasAnother() throws Exception {
    Components.followingClient(CONTIGUOUS, "reluctant").start(context);
    assertEquals("there is none yet", List.of(), events);
    ServiceRegistration<Heap> plain = heap(properties("plain", 0, HeapAllocator.CONTIGUOUS, true));
    awaitEvents("with plain");
    ServiceRegistration<Heap> better =
        heap(properties("better", 5, HeapAllocator.CONTIGUOUS, true));
    plain.unregister();
    awaitEvents("with plain", "leaves plain, still usable", "with better");
    better.unregister();
    awaitEvents(
        "with plain", "leaves plain, still usable", "with better", "leaves better, still usable");
  }

  @Test
  public void aGreedyClientGoesToTheBetterHeapAtOnce() throws Exception {
    heap(properties("plain", 0, HeapAllocator.CONTIGUOUS, true));
    Components.followingClient(CONTIGUOUS, "greedy").start(context);
    ServiceRegistration<Heap> better =
        heap(properties("better", 5, HeapAllocator.CONTIGUOUS, true));
    awaitEvents("with plain", "leaves plain, still usable", "with better");
    better.unregister();
    await("it is back", () -> events.size() == 5);
    assertEquals("leaves better, still usable", events.get(3));
    assertEquals("with plain", events.get(4));
  }

  @Test
  public void aHeapThatLosesThePropertyLosesTheClientsThatNeedIt() throws Exception {
    ServiceRegistration<Heap> heap = heap(properties("plain", 0, HeapAllocator.CONTIGUOUS, true));
    Components.followingClient(CONTIGUOUS, "reluctant").start(context);
    awaitEvents("with plain");
    heap.setProperties(FrameworkUtil.asDictionary(properties("plain", 0)));
    awaitEvents("with plain", "leaves plain, still usable");
    assertEquals("by its name it is there", "plain", heapOf("plain"));
  }

  private void awaitEvents(String... expected) {
    Await.await(
        () -> List.of(expected) + ", but " + events, () -> events.equals(List.of(expected)));
  }
}
