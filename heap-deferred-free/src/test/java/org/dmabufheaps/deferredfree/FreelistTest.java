// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.dmabufheaps.spi.FreeTask;
import org.dmabufheaps.spi.FreeTask.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

class FreelistTest {
  private static final String WORKER = "dmabuf-deferred-free";

  private final List<String> logged = Collections.synchronizedList(new ArrayList<>());
  private final List<String> done = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger begun = new AtomicInteger();
  private final CountDownLatch hold = new CountDownLatch(1);
  private volatile FreelistSettings settings = new FreelistSettings(1000, 1);
  private final Freelist freelist = new Freelist(() -> settings, this::begin, logger());

  /** The worker waits here, so that a test sees what waits. */
  private void begin() {
    begun.incrementAndGet();
    boolean open = false;
    while (!open) {
      try {
        hold.await();
        open = true;
      } catch (InterruptedException e) {
        // a test's worker is not interrupted
      }
    }
  }

  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, args) -> {
              logged.add(method.getName() + " " + args[0]);
              return null;
            });
  }

  @AfterEach
  void nothingIsLeft() {
    hold.countDown();
    freelist.close();
    assertEquals(0, freelist.pendingBytes());
    await("the worker ends", () -> !isWorking());
  }

  private static boolean isWorking() {
    return Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals(WORKER));
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, what);
      Thread.onSpinWait();
    }
  }

  private FreeTask note(String name) {
    return reason -> done.add(name + (reason == Reason.NORMAL ? "" : " " + reason));
  }

  @Test
  void tasksAreDoneByTheWorkerInTheOrderTheyCame() {
    List<String> names = IntStream.range(0, 50).mapToObj(Integer::toString).toList();
    names.forEach(name -> freelist.defer(10, note(name)));
    assertEquals(500, freelist.pendingBytes());
    assertEquals(List.of(), done);
    hold.countDown();
    await("all are done", () -> done.size() == 50);
    assertEquals(names, done);
    await("the books are exact", () -> freelist.pendingBytes() == 0);
    assertEquals(1, begun.get(), "one thread did it");
  }

  @Test
  void whatIsOverTheBoundIsDoneByWhoeverFrees() {
    freelist.defer(900, note("waits"));
    freelist.defer(101, note("at once"));
    assertEquals(List.of("at once"), done);
    assertEquals(900, freelist.pendingBytes());
    assertEquals(1, freelist.statistics().get("freelist synchronous"));
    settings = new FreelistSettings(0, 1);
    freelist.defer(1, note("all at once"));
    assertEquals(List.of("at once", "all at once"), done);
  }

  @Test
  void aTaskThatFailsKeepsNoOtherFromBeingDone() {
    freelist.defer(
        10,
        reason -> {
          throw new NoClassDefFoundError("vendor/Late");
        });
    freelist.defer(10, note("next"));
    freelist.flush();
    assertEquals(List.of("next"), done);
    assertEquals(0, freelist.pendingBytes());
    assertEquals(1, freelist.statistics().get("freelist failed"));
    assertEquals(1, logged.size());
  }

  @Test
  void oneIsDoneAheadOfItsTurnUnlessItIsTooLarge() {
    freelist.defer(100, note("large"));
    freelist.defer(1, note("small"));
    assertFalse(freelist.runOne(99));
    assertTrue(freelist.runOne(100));
    assertTrue(freelist.runOne(99));
    assertFalse(freelist.runOne(99));
    assertEquals(List.of("large", "small"), done);
  }

  @Test
  void underPressureTheOldestGoWithThatReason() {
    freelist.defer(100, note("a"));
    freelist.defer(100, note("b"));
    freelist.defer(100, note("c"));
    assertEquals(0, freelist.scan(0));
    assertEquals(300, freelist.count());
    assertEquals(200, freelist.scan(101));
    assertEquals(List.of("a UNDER_PRESSURE", "b UNDER_PRESSURE"), done);
    assertEquals(100, freelist.scan(Long.MAX_VALUE));
    assertEquals(300, freelist.statistics().get("freelist shrunk bytes"));
  }

  @Test
  void flushReturnsWhenAlsoOthersTasksAreDone() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    hold.countDown();
    freelist.defer(
        10,
        reason -> {
          running.countDown();
          try {
            end.await();
          } catch (InterruptedException e) {
            done.add("interrupted");
          }
          done.add("long");
        });
    running.await();
    Thread flusher = new Thread(freelist::flush);
    flusher.start();
    await("it waits", () -> flusher.getState() == Thread.State.TIMED_WAITING);
    end.countDown();
    flusher.join();
    assertEquals(List.of("long"), done);
  }

  @Test
  void flushDoesNotWaitForTasksThatBeginLater() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    freelist.defer(10, holding("first", first));
    Thread early = new Thread(() -> freelist.runOne(10));
    early.start();
    await("the first is running", () -> early.getState() == Thread.State.WAITING);
    Thread flusher = new Thread(freelist::flush);
    flusher.start();
    await("it waits", () -> flusher.getState() == Thread.State.TIMED_WAITING);
    freelist.defer(10, holding("second", second));
    Thread late = new Thread(() -> freelist.runOne(10));
    late.start();
    await("the second is running", () -> late.getState() == Thread.State.WAITING);
    first.countDown();
    try {
      await("it returns", () -> !flusher.isAlive());
      assertEquals(List.of("first"), done);
    } finally {
      second.countDown();
      early.join();
      late.join();
      flusher.join();
    }
  }

  @Test
  void aTaskThatDoesNotEndHoldsUpNobodyElseForEver() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    Freelist stuck = new Freelist(() -> settings, () -> {}, logger(), 50);
    stuck.defer(10, holding("stuck", end));
    await(
        "the worker is in it", () -> stuck.statistics().get("freelist deferred") == 1 && isHeld());
    stuck.defer(10, note("waits"));
    stuck.flush();
    assertEquals(List.of("waits"), done);
    stuck.defer(10, note("waits, too"));
    stuck.close();
    assertEquals(List.of("waits", "waits, too"), done);
    assertTrue(logged.toString().contains("has not ended"), logged.toString());
    end.countDown();
    await("the books are exact", () -> stuck.pendingBytes() == 0);
  }

  /** Whether the worker waits for a latch. */
  private static boolean isHeld() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(entry -> entry.getKey().getName().equals(WORKER))
        .flatMap(entry -> Arrays.stream(entry.getValue()))
        .anyMatch(frame -> frame.getClassName().equals(CountDownLatch.class.getName()));
  }

  private FreeTask holding(String name, CountDownLatch until) {
    return reason -> {
      try {
        until.await();
      } catch (InterruptedException e) {
        done.add("interrupted");
      }
      done.add(name);
    };
  }

  @Test
  void afterTheEndTasksAreDoneByWhoeverFrees() {
    freelist.defer(10, note("waits"));
    hold.countDown();
    freelist.close();
    assertEquals(List.of("waits"), done);
    freelist.defer(10, note("late"));
    assertEquals(List.of("waits", "late"), done);
  }
}
