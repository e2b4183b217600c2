// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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

  /** Calls from a class loader of its own, as a bundle does. */
  public static final class Client implements Consumer<Runnable> {
    @Override
    public void accept(Runnable call) {
      call.run();
    }
  }

  /** Loads the client anew, and everything else from the parent. */
  private static final class Loader extends URLClassLoader {
    Loader() {
      super(
          new URL[] {Client.class.getProtectionDomain().getCodeSource().getLocation()},
          Client.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      return name.equals(Client.class.getName()) ? findClass(name) : super.loadClass(name, resolve);
    }
  }

  private static WeakReference<ClassLoader> call(Runnable work) throws Exception {
    try (Loader loader = new Loader()) {
      Object client = loader.loadClass(Client.class.getName()).getConstructor().newInstance();
      assertEquals(loader, client.getClass().getClassLoader());
      @SuppressWarnings("unchecked")
      Consumer<Runnable> calling = (Consumer<Runnable>) client;
      calling.accept(work);
      return new WeakReference<>(loader);
    }
  }

  @Test
  void theThreadKeepsNoClassLoaderOfWhoeverFreesFirst() throws Exception {
    AtomicInteger steps = new AtomicInteger();
    BooleanSupplier step = () -> steps.incrementAndGet() < 0;
    try (Worker worker = new Worker(step, () -> 1, () -> {}, logger(), 10_000)) {
      WeakReference<ClassLoader> loader = call(() -> worker.work(false));
      await("it works", () -> steps.get() > 0);
      await(
          "the class loader is dead",
          () -> {
            System.gc();
            return loader.refersTo(null);
          });
    }
  }
}
