// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.junit.Test;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceRegistration;

/**
 * Ten threads let heaps of one name come, go and change their rankings, while others allocate by
 * that name, from within service events too. {@code -Dchurn.allocations=1000000} is the long form.
 */
public class RankingChurnIT extends ContainerTest {
  private static final long ALLOCATIONS = Long.getLong("churn.allocations", 4_000);
  private static final int CHURNING = 10;
  private static final int ALLOCATING = 2;
  private static final int ROUNDS = 20;
  private static final int HEAPS_EACH = 3;
  private static final String NAME = "churn";
  private static final String FILTER = "(dmabuf.heap.name=" + NAME + ")";

  private final Map<ServiceRegistration<Heap>, CountingHeap> heaps = new ConcurrentHashMap<>();
  private final List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong allocated = new AtomicLong();
  private final AtomicLong gone = new AtomicLong();
  private final CyclicBarrier together = new CyclicBarrier(CHURNING + ALLOCATING + 1);
  private volatile boolean churning;

  /** A heap of real memory that counts. */
  private static final class CountingHeap implements Heap {
    private final LinuxMemory linux;
    private final AtomicLong served = new AtomicLong();

    CountingHeap(LinuxMemory linux) {
      this.linux = linux;
    }

    @Override
    public DmaBufOps allocate(AllocationRequest request) throws HeapException {
      served.incrementAndGet();
      return linux.memfd(request);
    }
  }

  /** A piece of a thread's work. */
  private interface Work {
    void run(SplittableRandom random) throws Exception;
  }

  @Test
  public void theHighestRankingServesTheNameWhateverComesAndGoes() throws Exception {
    AllocationService allocations = service(AllocationService.class, null);
    LinuxMemory linux = service(LinuxMemory.class, null);
    ServiceListener reentering = event -> allocate(allocations);
    long begun = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CHURNING; i++) {
      List<ServiceRegistration<Heap>> own = new ArrayList<>();
      threads.add(start(i, random -> churn(own, linux, random)));
    }
    for (int i = 0; i < ALLOCATING; i++) {
      threads.add(start(CHURNING + i, random -> allocate(allocations)));
    }
    context.addServiceListener(
        reentering, "(&(objectClass=" + HeapAllocator.class.getName() + ")" + FILTER + ")");
    try (DeadlockWatch watch = new DeadlockWatch()) {
      for (int round = 1; round <= ROUNDS && wrong.isEmpty(); round++) {
        round(round, watch);
        assertHighestServes(allocations);
      }
    } finally {
      context.removeServiceListener(reentering);
      threads.forEach(Thread::interrupt);
      for (Thread thread : threads) {
        thread.join();
      }
      heaps.keySet().forEach(ServiceRegistration::unregister);
    }
    assertEquals(List.of(), wrong);
    System.out.printf(
        Locale.ROOT,
        "churn: %d allocations in %.1f s, %d times the heap had gone%n",
        allocated.get(),
        (System.nanoTime() - begun) / 1e9,
        gone.get());
  }

  /** All threads work until there were enough allocations, and rest until the next round. */
  private void round(int round, DeadlockWatch watch) throws Exception {
    churning = true;
    together.await(60, TimeUnit.SECONDS);
    long target = ALLOCATIONS * round / ROUNDS;
    long seen = -1;
    while (allocated.get() < target && wrong.isEmpty()) {
      Thread.sleep(5);
      if (allocated.get() > seen) {
        seen = allocated.get();
        watch.progress();
      }
    }
    churning = false;
    together.await(60, TimeUnit.SECONDS);
  }

  private Thread start(int number, Work work) {
    SplittableRandom random = new SplittableRandom(number);
    Thread thread = new Thread(() -> work(work, random), "itest-churn-" + number);
    thread.start();
    return thread;
  }

  private void work(Work work, SplittableRandom random) {
    try {
      while (true) {
        together.await();
        while (churning) {
          work.run(random);
        }
        together.await();
      }
    } catch (InterruptedException | BrokenBarrierException e) {
      // The end.
    } catch (Throwable t) {
      wrong.add(t);
    }
  }

  private void churn(
      List<ServiceRegistration<Heap>> own, LinuxMemory linux, SplittableRandom random) {
    int what = random.nextInt(3);
    if (own.isEmpty() || (what == 0 && own.size() < HEAPS_EACH)) {
      CountingHeap heap = new CountingHeap(linux);
      ServiceRegistration<Heap> made =
          context.registerService(Heap.class, heap, properties(random));
      heaps.put(made, heap);
      own.add(made);
    } else if (what == 1 && own.size() > 1) {
      ServiceRegistration<Heap> leaving = own.remove(random.nextInt(own.size()));
      heaps.remove(leaving);
      leaving.unregister();
    } else {
      own.get(random.nextInt(own.size())).setProperties(properties(random));
    }
  }

  private static Dictionary<String, Object> properties(SplittableRandom random) {
    return FrameworkUtil.asDictionary(
        Map.of(HeapAllocator.NAME, NAME, Constants.SERVICE_RANKING, random.nextInt(-1000, 1000)));
  }

  /** Works, or says that the heap has gone; nothing else. */
  private void allocate(AllocationService allocations) {
    try {
      allocations.allocate(NAME, 4096).close();
      allocated.incrementAndGet();
    } catch (HeapException e) {
      gone.incrementAndGet();
      if (!Errno.ENODEV.is(e)) {
        wrong.add(e);
      }
    } catch (RuntimeException e) {
      wrong.add(e);
    }
  }

  /** Nothing changes now: what is published follows soon, and stays. */
  private void assertHighestServes(AllocationService allocations) throws Exception {
    CountingHeap best =
        heaps.entrySet().stream()
            .max(Map.Entry.comparingByKey((a, b) -> a.getReference().compareTo(b.getReference())))
            .orElseThrow()
            .getValue();
    await(
        "all are published with their rankings",
        () -> serviceCount(HeapAllocator.class, FILTER) == heaps.size());
    await(
        "the highest serves",
        () -> {
          long before = best.served.get();
          allocations.allocate(NAME, 4096).close();
          return best.served.get() == before + 1;
        });
    long before = best.served.get();
    for (int i = 0; i < 100; i++) {
      allocations.allocate(NAME, 4096).close();
    }
    assertTrue("others served, too", best.served.get() == before + 100);
  }
}
