// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Reservation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

class PoolTest {
  private static final long MIB = 1 << 20;

  private final List<FakeMemory> all = Collections.synchronizedList(new ArrayList<>());
  private volatile PoolSettings settings = new PoolSettings(16 * MIB, 4 * MIB, 0, Map.of());
  private final Pool pool = new Pool(() -> settings, 4096, logger());

  private static Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, args) -> {
              assertFalse(method.getName().equals("error"), () -> List.of(args).toString());
              return null;
            });
  }

  @AfterEach
  void nothingIsLeft() {
    pool.close();
    assertEquals(0, pool.idleBytes());
    assertEquals(List.of(), all.stream().filter(memory -> !memory.isReleased()).toList());
    await("the pool's thread ends", () -> threads().isEmpty());
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("dmabuf-"))
        .toList();
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, what);
      Thread.onSpinWait();
    }
  }

  private FakeMemory memory(long size) {
    FakeMemory memory = new FakeMemory(size);
    all.add(memory);
    return memory;
  }

  /** What the pool doesn't take is released by whoever gave it. */
  private boolean give(FakeMemory memory) {
    boolean taken = pool.give(memory);
    if (!taken) {
      memory.release();
    }
    return taken;
  }

  private DmaBufOps take(long size) {
    return pool.take(AllocationRequest.uncounted(size));
  }

  private void releaseTaken(DmaBufOps taken) {
    taken.release();
  }

  @Test
  void whatWasGivenIsTakenTheYoungestFirst() {
    FakeMemory first = memory(MIB);
    FakeMemory second = memory(MIB);
    give(first);
    give(second);
    assertEquals(2 * MIB, pool.idleBytes());
    DmaBufOps taken = take(MIB);
    assertSame(second, taken);
    assertEquals(MIB, pool.idleBytes());
    releaseTaken(taken);
    DmaBufOps last = take(MIB);
    assertSame(first, last);
    releaseTaken(last);
    assertNull(take(MIB));
    assertEquals(2, pool.statistics().get("pool hits"));
    assertEquals(1, pool.statistics().get("pool misses"));
  }

  @Test
  void aSizeIsServedByItsClassAndByNoOther() {
    give(memory(40 << 10));
    assertNull(take(32 << 10));
    assertNull(take(44 << 10));
    DmaBufOps taken = take(36 << 10);
    assertEquals(40 << 10, taken.size());
    releaseTaken(taken);
  }

  @Test
  void aLargeSizeIsServedByWhatIsALittleLarger() {
    for (long pages : List.of(293, 289, 290, 288, 256)) {
      give(memory(pages * 4096));
    }
    assertNull(take(257 * 4096 - 32 * 4096), "256 pages are more than an eighth too large");
    for (long pages : List.of(288, 289, 290)) {
      DmaBufOps taken = take(258 * 4096);
      assertEquals(pages * 4096, taken.size(), "the smallest that fits");
      releaseTaken(taken);
    }
    assertNull(take(258 * 4096), "293 pages are more than an eighth too large");
    assertEquals((256 + 293) * 4096, pool.idleBytes());
  }

  @Test
  void whatAQuotaHasNoRoomForIsNotTaken() {
    give(memory(MIB + 4096));
    assertNull(pool.take(new Limited(MIB, MIB)));
    releaseTaken(pool.take(new Limited(MIB, MIB + 4096)));
  }

  @Test
  void whatIsKeptReadyIsForItsOwnSize() {
    settings = new PoolSettings(16 * MIB, 0, 0, Map.of(MIB + 4096, 1));
    give(memory(MIB + 4096));
    assertNull(take(MIB), "one is kept");
    give(memory(MIB + 4096));
    releaseTaken(take(MIB));
    assertEquals(1, pool.statistics().get("pool hits, larger"));
    releaseTaken(take(MIB + 4096));
    assertEquals(1, pool.statistics().get("pool hits, larger"));
  }

  /** A request of somebody whose quota has room for so much. */
  private record Limited(long size, long mostBytes) implements AllocationRequest {
    @Override
    public String account() {
      return "";
    }

    @Override
    public String label() {
      return "";
    }

    @Override
    public Reservation reserveFresh(long bytes) {
      throw new AssertionError("a pool takes no memory for a request");
    }
  }

  @Test
  void aSizeThatNobodyCanAskForIsRejected() {
    assertFalse(give(memory(36 << 10)));
    assertEquals(1, pool.statistics().get("pool rejected, size"));
  }

  @Test
  void aFullPoolLetsTheOldestGo() {
    List<FakeMemory> old = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      old.add(memory(MIB));
      assertTrue(give(old.get(i)));
    }
    assertTrue(give(memory(2 * MIB)));
    assertEquals(16 * MIB, pool.idleBytes());
    assertTrue(old.get(0).isReleased() && old.get(1).isReleased());
    assertFalse(old.get(2).isReleased());
    assertFalse(give(memory(17 * MIB)), "more than it may hold");
    assertEquals(1, pool.statistics().get("pool rejected, full"));
  }

  @Test
  void whatGrowsOldIsReleased() {
    settings = new PoolSettings(16 * MIB, 0, 1, Map.of());
    give(memory(MIB));
    give(memory(4096));
    await("it is released", () -> pool.idleBytes() == 0);
    assertEquals(MIB + 4096, pool.statistics().get("pool aged bytes"));
  }

  @Test
  void ofASizeThatIsInUseWhatWasMissedLatelyDoesNotGrowOld() {
    settings = new PoolSettings(16 * MIB, 0, 1_000, Map.of());
    List<FakeMemory> lent = List.of(memory(MIB), memory(MIB), memory(MIB));
    lent.forEach(this::give);
    lent.forEach(memory -> take(MIB));
    assertNull(take(MIB));
    assertNull(take(MIB));
    lent.forEach(this::give);
    await("what lies at the bottom goes, but for two", () -> reused() == 2 * MIB);
    assertEquals(MIB, pool.statistics().get("pool aged bytes"));
    await("what nobody uses goes", () -> pool.idleBytes() == 0);
  }

  /** Takes the youngest and gives it back; returns what is idle then. */
  private long reused() {
    give((FakeMemory) take(MIB));
    return pool.idleBytes();
  }

  @Test
  void whatIsKeptReadyIsThereAtTheStartAndComesBackAndDoesNotGrowOld() {
    settings = new PoolSettings(16 * MIB, 0, 1, Map.of(1_000_000L, 3));
    long size = pool.sizeOf(1_000_000);
    pool.refillFrom(this::memory);
    await("three are there", () -> pool.idleBytes() == 3 * size);
    DmaBufOps taken = take(size);
    await("three are there again", () -> pool.idleBytes() == 3 * size);
    give((FakeMemory) taken);
    await("the fourth grows old", () -> pool.idleBytes() == 3 * size);
    assertEquals(0, pool.count(), "a shrinker gets none of them");
    assertEquals(0, pool.scan(Long.MAX_VALUE));
    assertEquals(3 * size, pool.idleBytes());
  }

  @Test
  void underPressureWhatIsLostIsNotReplaced() {
    pool.refillFrom(this::memory);
    pool.scan(1);
    pool.lost(MIB);
    pool.close();
    assertEquals(0, pool.statistics().get("pool refilled"));
  }

  @Test
  void whatIsLostIsReplacedUpToABound() {
    pool.lost(MIB);
    assertEquals(0, pool.idleBytes(), "nobody has told where memory comes from");
    CountDownLatch all = new CountDownLatch(1);
    pool.refillFrom(
        bytes -> {
          awaitOpen(all);
          return memory(bytes);
        });
    for (int i = 0; i < 100; i++) {
      pool.lost(MIB);
    }
    all.countDown();
    await("it has done what it can", () -> pool.idleBytes() > 0 && threads().isEmpty());
    assertEquals(4 * MIB, pool.idleBytes());
    assertEquals(4, pool.statistics().get("pool refilled"));
  }

  private static void awaitOpen(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void sizesOfWhichNothingIsLeftAreForgotten() {
    for (int i = 1; i <= 100; i++) {
      give(memory(MIB + i * 4096L));
    }
    assertTrue(pool.sizes() < 20, "those that made room for others: " + pool.sizes());
    pool.drain();
    assertEquals(0, pool.sizes());
    give(memory(MIB));
    releaseTaken(take(MIB));
    settings = new PoolSettings(16 * MIB, 0, 1_000_000, Map.of());
    pool.age();
    assertEquals(0, pool.sizes());
  }

  @Test
  void aSourceThatHasNothingIsAskedAgainLater() {
    boolean[] dry = {true};
    pool.refillFrom(
        bytes -> {
          if (dry[0]) {
            dry[0] = false;
            throw new HeapException("refilling", Errno.ENOMEM);
          }
          return memory(bytes);
        });
    pool.lost(MIB);
    await("it was asked", () -> !dry[0]);
    await(
        "it is asked again",
        () -> {
          if (pool.idleBytes() == 0) {
            pool.lost(MIB);
          }
          return pool.idleBytes() > 0;
        });
  }

  @Test
  void underPressureMemoryGoesAndNothingComesForAWhile() {
    for (int i = 0; i < 8; i++) {
      give(memory(MIB));
    }
    assertEquals(0, pool.scan(0));
    assertEquals(8 * MIB, pool.count());
    assertEquals(3 * MIB, pool.scan(2 * MIB + 1));
    assertEquals(5 * MIB, pool.idleBytes());
    assertFalse(give(memory(MIB)));
    assertEquals(1, pool.statistics().get("pool rejected, pressure"));
    await(
        "it takes memory again",
        () -> {
          FakeMemory memory = memory(4096);
          return give(memory);
        });
  }

  @Test
  void aDrainedPoolGoesOnAndAClosedOneDoesNot() {
    give(memory(MIB));
    pool.drain();
    assertEquals(0, pool.idleBytes());
    assertTrue(give(memory(MIB)));
    pool.close();
    assertEquals(0, pool.idleBytes());
    assertFalse(give(memory(MIB)));
  }

  @Test
  void noMemoryIsTakenTwiceOrLostWhileThreadsTakeGiveShrinkAndDrain() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> workers = new ArrayList<>();
      for (int worker = 0; worker < 3; worker++) {
        long seed = 42L + worker;
        workers.add(threads.submit(() -> takeAndGive(new SplittableRandom(seed), 100_000)));
      }
      workers.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  if (i % 10 == 0) {
                    pool.drain();
                  }
                  pool.count();
                  pool.age();
                }
              }));
      for (Future<?> worker : workers) {
        worker.get();
      }
    } finally {
      threads.shutdown();
    }
    long idle = all.stream().filter(m -> !m.isReleased()).mapToLong(FakeMemory::size).sum();
    assertEquals(idle, pool.idleBytes(), "the books are exact when all is quiet");
  }

  private void takeAndGive(SplittableRandom random, int rounds) {
    List<FakeMemory> mine = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      if (random.nextBoolean() && mine.size() < 50) {
        long size = pool.roundedSize((1L + random.nextInt(20)) << 12);
        FakeMemory taken = (FakeMemory) take(size);
        taken = taken == null ? memory(size) : taken;
        taken.taken();
        mine.add(taken);
      } else if (!mine.isEmpty()) {
        giveBack(mine.remove(random.nextInt(mine.size())));
      }
    }
    mine.forEach(this::giveBack);
  }

  private void giveBack(FakeMemory memory) {
    memory.givenBack();
    give(memory);
  }
}
