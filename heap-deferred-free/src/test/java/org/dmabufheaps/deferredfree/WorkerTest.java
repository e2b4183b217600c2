// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

class WorkerTest {
  private final List<String> logged = Collections.synchronizedList(new ArrayList<>());

  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, args) -> {
              logged.add(method.getName() + " " + args[1]);
              return null;
            });
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, what);
      Thread.onSpinWait();
    }
  }

  @Test
  void whatFailsDoesNotKeepItFromItsWorkAndIsToldOnce() {
    AtomicInteger steps = new AtomicInteger();
    BooleanSupplier step =
        () -> {
          if (steps.incrementAndGet() < 3) {
            throw new NoClassDefFoundError("late");
          }
          return false;
        };
    Runnable begin =
        () -> {
          throw new NoClassDefFoundError("early");
        };
    try (Worker worker = new Worker(step, () -> 1, begin, logger(), 10_000)) {
      worker.work(false);
      await("it works, without being told of more", () -> steps.get() > 3);
    }
    assertEquals(List.of("error java.lang.NoClassDefFoundError: early"), logged);
  }
}
