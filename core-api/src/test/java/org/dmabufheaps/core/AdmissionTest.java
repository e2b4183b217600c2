// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.Headroom;
import org.junit.jupiter.api.Test;

/** A look at the system is trusted for a while, and never for more than it can bear. */
class AdmissionTest {
  private static final long MIB = 1 << 20;
  private static final long TOTAL = 1000 * MIB;
  private static final long RESERVE = 200 * MIB;
  private static final Operation OPERATION = Operation.on("allocating", "memory");
  private static final Settings SETTINGS =
      new Settings(
          TOTAL, RESERVE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Map.of(), 1, false);

  /** What is there of the machine's memory, by the machine's own count. */
  private final AtomicLong used = new AtomicLong();

  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private final Admission admission =
      new Admission(
          this::look,
          () -> SETTINGS,
          () -> new Shrinkers(new BoundedCalls(null), () -> SETTINGS),
          nanos::get);

  private Headroom look() {
    looks.incrementAndGet();
    return new Headroom(TOTAL, TOTAL - used.get());
  }

  private Admitted taken(long bytes) throws HeapException {
    Admitted admitted = admission.reserve(OPERATION, bytes);
    used.addAndGet(bytes);
    admitted.populated();
    return admitted;
  }

  private void givenBack(Admitted admitted) {
    used.addAndGet(-admitted.bytes());
    admitted.close();
  }

  @Test
  void smallWishesAreServedByOneLook() throws HeapException {
    for (int i = 0; i < 100; i++) {
      taken(MIB);
    }
    assertEquals(1, looks.get());
  }

  @Test
  void aLookIsOldAfterAMoment() throws HeapException {
    taken(MIB);
    nanos.addAndGet(10_000_000);
    taken(MIB);
    assertEquals(2, looks.get());
  }

  @Test
  void whatOthersTookIsSeenAfterAMoment() throws HeapException {
    taken(MIB);
    used.addAndGet(799 * MIB);
    nanos.addAndGet(10_000_000);
    assertThrows(HeapException.class, () -> taken(MIB));
  }

  @Test
  void anEighthOfWhatWasSpareIsGivenByOneLookAndCountsThoughItCameBack() throws HeapException {
    taken(MIB);
    for (int i = 0; i < 25; i++) {
      givenBack(taken(4 * MIB));
    }
    assertEquals(2, looks.get(), "800 MiB were spare: after 100 it looks again");
  }

  @Test
  void whatWasBeingTakenAtTheLookCountsUntilTheNextOne() throws HeapException {
    Admitted slow = admission.reserve(OPERATION, 90 * MIB);
    taken(11 * MIB);
    assertEquals(2, looks.get(), "90 and 11 MiB are more than an eighth");
    slow.close();
  }

  @Test
  void aRefusalIsByALookOfItsOwn() throws HeapException {
    taken(MIB);
    assertThrows(HeapException.class, () -> taken(800 * MIB));
    assertEquals(2, looks.get(), "and there is no shrinker to give anything back");
  }

  /** One gives way while another looks: never do they get more than the machine can spare. */
  @Test
  void aBurstOfThreadsNeverGetsIntoTheReserve() throws Exception {
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    AtomicLong most = new AtomicLong();
    try {
      List<Future<Void>> bursts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        bursts.add(pool.submit((Callable<Void>) () -> burst(most)));
      }
      for (Future<Void> burst : bursts) {
        burst.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertTrue(most.get() <= TOTAL - RESERVE, most.get() + " bytes were taken");
    assertTrue(most.get() > TOTAL / 2, "most of the memory was in use");
  }

  private Void burst(AtomicLong most) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    List<Admitted> mine = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      nanos.addAndGet(1_000);
      try {
        mine.add(taken(random.nextLong(1, 30 * MIB)));
        most.accumulateAndGet(used.get(), Math::max);
      } catch (HeapException full) {
        mine.forEach(this::givenBack);
        mine.clear();
      }
    }
    mine.forEach(this::givenBack);
    return null;
  }
}
