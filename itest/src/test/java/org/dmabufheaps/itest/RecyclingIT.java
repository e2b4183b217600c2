// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.Shrinker;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;

/** Page pool and deferred free come and go; nobody ever sees what another owner wrote. */
public class RecyclingIT extends ContainerTest {
  private static final long EVENTS = Long.getLong("recycle.events", 20_000);
  private static final int THREADS = 2;
  private static final int SIZE = 1 << 20;

  private AllocationService allocations;

  @Before
  public void findService() {
    allocations = service(AllocationService.class, null);
  }

  private long ofSystem(String field) {
    return (Long) books().ofHeap("system", field);
  }

  private long statistic(String name) {
    Map<?, ?> all = (Map<?, ?>) books().ofHeap("system", "statistics");
    return all.get(name) instanceof Long count ? count : -1;
  }

  /** Allocates, writes every byte, and closes. */
  private void use(int size, int value) throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", size);
        CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      ByteBuffer bytes = cpu.bytes();
      while (bytes.hasRemaining()) {
        bytes.put((byte) value);
      }
    }
  }

  private void assertZero(DmaBuf buffer) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      assertEquals(-1, cpu.bytes().mismatch(ByteBuffer.allocate((int) buffer.size())));
    }
  }

  @Test
  public void memoryIsUsedAgainWhileBothAreThereAndGoesBackWhenTheyGo() throws Exception {
    Bundle pool = install("heap-pagepool");
    Bundle freelist = install("heap-deferred-free");
    await("the heap has both", () -> statistic("freelist deferred") == 0);
    use(SIZE, 0xa5);
    await("its memory is pooled", () -> ofSystem("pooledBytes") == SIZE);
    await("nothing waits", () -> ofSystem("pendingFreeBytes") == 0);
    try (DmaBuf again = allocations.allocate("system", SIZE)) {
      assertEquals(1, statistic("pool hits"));
      assertEquals(0, ofSystem("pooledBytes"));
      assertZero(again);
    }
    await("it is pooled again", () -> ofSystem("pooledBytes") == SIZE);
    freelist.uninstall();
    use(SIZE, 0x5a);
    assertEquals("whoever frees clears", SIZE, ofSystem("pooledBytes"));
    pool.uninstall();
    assertEquals(0, ofSystem("pooledBytes"));
    use(SIZE, 0x77);
    assertEquals(0L, books().ofBudget("takenBytes"));
  }

  @Test
  public void aLittleLargerThanAskedForIsZeroToItsEnd() throws Exception {
    install("heap-pagepool");
    await("the heap has a pool", () -> statistic("pool hits") == 0);
    int larger = 70 * 4096;
    use(larger, 0xa5);
    try (DmaBuf buffer = allocations.allocate("system", 66 * 4096)) {
      assertEquals(1, statistic("pool hits, larger"));
      assertEquals(larger, buffer.size());
      assertZero(buffer);
    }
  }

  @Test
  public void whenTheHeapGoesItsIdleMemoryGoes() throws Exception {
    install("heap-pagepool");
    await("the heap has a pool", () -> statistic("pool hits") == 0);
    use(SIZE, 1);
    assertEquals(SIZE, ofSystem("pooledBytes"));
    installed(HEAP_SYSTEM).stop();
    assertEquals(0L, books().ofBudget("takenBytes"));
    assertEquals(List.of(), ProcessState.now().mappings());
    installed(HEAP_SYSTEM).start();
  }

  @Test
  public void whatSomebodyHoldsIsNotUsedAgain() throws Exception {
    install("heap-pagepool");
    install("heap-deferred-free");
    await("the heap has both", () -> statistic("freelist deferred") == 0);
    DmaBuf buffer = allocations.allocate("system", SIZE);
    OwnedFd fd = buffer.exportFd();
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      cpu.bytes().putLong(0, Holder.PATTERN);
    }
    buffer.close();
    for (int round = 0; round < 50; round++) {
      use(SIZE, round);
    }
    try (DmaBuf held = allocations.importFd(fd);
        CpuAccess cpu = held.beginCpuAccess(Access.READ)) {
      assertEquals(Holder.PATTERN, cpu.bytes().getLong(0));
    }
    fd.close();
    assertTrue(statistic("not recyclable") >= 1);
  }

  @Test
  public void ownersNeverSeeEachOthersBytesHoweverMemoryComesAround() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> owners = new ArrayList<>();
      for (int owner = 1; owner <= THREADS; owner++) {
        RecyclingOwner work = new RecyclingOwner(allocations, owner, EVENTS / THREADS);
        owners.add(threads.submit(work));
      }
      for (int round = 0; owners.stream().anyMatch(owner -> !owner.isDone()); round++) {
        disturb(round, owners);
      }
      for (Future<?> owner : owners) {
        owner.get();
      }
    } finally {
      threads.shutdown();
    }
    install("heap-deferred-free");
    await("all is freed", () -> ofSystem("pendingFreeBytes") == 0);
  }

  /** Bolt-ons come, are updated and go, and idle memory is asked back. */
  private void disturb(int round, List<Future<?>> owners) throws Exception {
    Bundle pool = install("heap-pagepool");
    Bundle freelist = install("heap-deferred-free");
    long target = statistic("pool hits") + 20;
    await(
        "some were used again, or all is done",
        () -> statistic("pool hits") >= target || owners.stream().allMatch(Future::isDone));
    for (var reference : context.getServiceReferences(Shrinker.class, null)) {
      Shrinker shrinker = context.getService(reference);
      if (shrinker != null) {
        shrinker.scan(Long.MAX_VALUE);
        context.ungetService(reference);
      }
    }
    if (round % 2 == 0) {
      pool.uninstall();
      freelist.uninstall();
    } else {
      freelist.uninstall();
      pool.uninstall();
    }
  }
}
