// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

/**
 * Threads that free, run tasks ahead of their turn, take them under pressure and flush, while one
 * closes the freelist. {@code -Dfreelist.races=20000} is the long form.
 */
class RacingFreelistTest {
  private static final int RACES = Integer.getInteger("freelist.races", 300);
  private static final int THREADS = 4;
  private static final int STEPS = 40;
  private static final FreelistSettings SETTINGS = new FreelistSettings(50, 1);
  private static final Logger SILENT =
      (Logger)
          Proxy.newProxyInstance(
              Logger.class.getClassLoader(),
              new Class<?>[] {Logger.class},
              (proxy, method, arguments) -> null);

  private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());

  /** What one thread deferred, and how often each was done. */
  private static final class Freeing {
    final Freelist freelist;
    final SplittableRandom random;
    final List<AtomicInteger> done = new ArrayList<>();

    Freeing(Freelist freelist, SplittableRandom random) {
      this.freelist = freelist;
      this.random = random;
    }

    void step() {
      switch (random.nextInt(8)) {
        case 0 -> freelist.runOne(random.nextInt(8));
        case 1 -> freelist.scan(random.nextInt(20));
        case 2 -> {
          freelist.flush();
          assertEquals(0, notOnce(), "tasks that a flush left, or were done twice");
        }
        default -> {
          AtomicInteger task = new AtomicInteger();
          done.add(task);
          freelist.defer(1 + random.nextInt(8), reason -> task.incrementAndGet());
        }
      }
    }

    long notOnce() {
      return done.stream().filter(times -> times.get() != 1).count();
    }
  }

  private void race(SplittableRandom random) throws Exception {
    Freelist freelist = new Freelist(() -> SETTINGS, () -> {}, SILENT);
    CyclicBarrier together = new CyclicBarrier(THREADS);
    List<Freeing> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Freeing freeing = new Freeing(freelist, random.split());
      boolean closes = i == 0;
      all.add(freeing);
      threads.add(new Thread(() -> run(freeing, closes, together)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), wrong);
    assertEquals(0, all.stream().mapToLong(Freeing::notOnce).sum(), "tasks not done once");
    assertEquals(0, freelist.pendingBytes());
  }

  private void run(Freeing freeing, boolean closes, CyclicBarrier together) {
    try {
      together.await();
      int end = closes ? freeing.random.nextInt(STEPS) : -1;
      for (int step = 0; step < STEPS; step++) {
        if (step == end) {
          freeing.freelist.close();
        }
        freeing.step();
      }
    } catch (Exception | AssertionError e) {
      wrong.add(e.toString());
    }
  }

  @Test
  void eachTaskIsDoneOnceAndWhatWasDeferredBeforeAFlushIsDoneAfterIt() throws Exception {
    long seed = System.nanoTime();
    System.out.println("racing freelist: seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < RACES; i++) {
      race(random);
    }
  }
}
