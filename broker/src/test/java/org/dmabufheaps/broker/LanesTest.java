// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LanesTest {
  private static final long SECONDS = 20;

  private final Lanes lanes = new Lanes("test");
  private final CountDownLatch stall = new CountDownLatch(1);

  @AfterEach
  void end() {
    stall.countDown();
    lanes.close();
  }

  private static boolean happens(CountDownLatch latch) throws InterruptedException {
    return latch.await(SECONDS, TimeUnit.SECONDS);
  }

  private void stalls() {
    boolean interrupted = false;
    while (true) {
      try {
        stall.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aStalledHeapHoldsUpNobodyElse() throws Exception {
    for (int i = 0; i < 100; i++) {
      lanes.run("stalled", this::stalls);
    }
    CountDownLatch others = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      lanes.run("other", others::countDown);
    }
    assertTrue(happens(others));
  }

  @Test
  void howeverManyHeapsAreStuckTheNextIsServed() throws Exception {
    for (int i = 0; i < 100; i++) {
      lanes.run("stalled " + i / 4, this::stalls);
    }
    CountDownLatch other = new CountDownLatch(1);
    lanes.run("other", other::countDown);
    assertTrue(happens(other));
  }

  @Test
  void afterTheEndTheCallerDoesIt() {
    lanes.close();
    Thread[] by = new Thread[5];
    for (int i = 0; i < by.length; i++) {
      int task = i;
      lanes.run("heap", () -> by[task] = Thread.currentThread());
    }
    for (Thread one : by) {
      assertEquals(Thread.currentThread(), one);
    }
  }

  @Test
  void whatWaitsBehindAStuckHeapIsDoneAtTheEnd() {
    for (int i = 0; i < 4; i++) {
      lanes.run("heap", () -> stalls());
    }
    AtomicInteger done = new AtomicInteger();
    lanes.run("heap", done::incrementAndGet);
    lanes.close();
    assertEquals(1, done.get());
  }

  @Test
  void whatWaitsIsDoneWhenThereIsRoomAgain() throws Exception {
    CountDownLatch all = new CountDownLatch(50);
    for (int i = 0; i < 50; i++) {
      lanes.run(
          "heap",
          () -> {
            stalls();
            all.countDown();
          });
    }
    stall.countDown();
    assertTrue(happens(all));
  }

  @Test
  void anErrorTakesNoThreadAndNoTaskWithIt() throws Exception {
    AtomicInteger done = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(100);
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {});
    try {
      for (int i = 0; i < 100; i++) {
        boolean fails = i % 3 == 0;
        lanes.run(
            "heap",
            () -> {
              done.incrementAndGet();
              all.countDown();
              if (fails) {
                throw new AssertionError("on purpose");
              }
            });
      }
      assertTrue(happens(all));
      assertEquals(100, done.get());
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }
}
