// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * A program: the whole set of bundles on whichever framework is on the class path; each of ours is
 * installed, started, used, stopped and uninstalled, again and again, and must leave nothing.
 *
 * <p>Arguments: the directory of the bundles, the number of rounds, and the bundles that are to go
 * through them, all of ours if none is named.
 */
public final class Cycles {
  private static final List<String> OTHERS =
      List.of(
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component",
          "org.apache.felix.scr",
          "org.apache.felix.configadmin",
          "org.apache.felix.metatype",
          "org.apache.felix.gogo.runtime",
          "jna");

  /**
   * For a framework without a log service; Equinox has one. Felix's keeps the last hundred service
   * events, which on Equinox lead to the services themselves.
   */
  private static final String LOG = "org.apache.felix.log";

  private static final List<String> OURS =
      List.of(
          "core-api",
          "linux-memory",
          "heap-system",
          "heap-system-contig",
          "heap-cma",
          "heap-pagepool",
          "heap-deferred-free",
          "conformance",
          "console");

  private static final int LOOK_EVERY = 100;
  private static final int SLACK = 2;
  private static final int SETTLE_SECONDS = 30;
  private static final String SHRINKER = "org.dmabufheaps.spi.Shrinker";
  private static final String SYSTEM = "(dmabuf.heap.name=system)";

  private final Path bundles;
  private final BundleContext context;
  private final Map<String, Bundle> installed = new HashMap<>();
  private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  /** What is there between two rounds. */
  private record State(int descriptors, int files, int threads, int services) {
    /** What there is more of than before. */
    List<String> since(State before) {
      List<String> more = new ArrayList<>();
      add(more, "descriptors", before.descriptors, descriptors, SLACK);
      add(more, "mapped files", before.files, files, SLACK);
      add(more, "threads", before.threads, threads, SLACK);
      add(more, "services", before.services, services, 0);
      return more;
    }

    private static void add(List<String> more, String what, int before, int now, int slack) {
      if (now > before + slack) {
        more.add(what + " " + before + " -> " + now);
      }
    }
  }

  private Cycles(Path bundles, BundleContext context) {
    this.bundles = bundles;
    this.context = context;
  }

  /** Runs it; the exit status is 0 when nothing was left. */
  public static void main(String[] arguments) throws Exception {
    Path storage = Files.createTempDirectory("cycles");
    Map<String, String> settings =
        Map.of(
            "org.osgi.framework.storage",
            storage.toString(),
            "org.osgi.framework.storage.clean",
            "onFirstInit",
            "osgi.configuration.area",
            storage.toString(),
            "felix.log.level",
            "1");
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow().newFramework(settings);
    framework.start();
    try {
      System.exit(run(framework, List.of(arguments)));
    } catch (Throwable t) {
      t.printStackTrace();
      System.exit(2);
    }
  }

  private static int run(Framework framework, List<String> arguments) throws Exception {
    Cycles cycles = new Cycles(Path.of(arguments.get(0)), framework.getBundleContext());
    cycles.startAll();
    List<String> names = arguments.subList(2, arguments.size());
    for (String name : names.isEmpty() ? OURS : names) {
      cycles.run(framework.getSymbolicName(), name, Integer.parseInt(arguments.get(1)));
    }
    framework.stop();
    framework.waitForStop(TimeUnit.SECONDS.toMillis(60));
    return cycles.wrong.isEmpty() ? 0 : 1;
  }

  private void startAll() throws Exception {
    if (context.getServiceReference("org.osgi.service.log.LogReaderService") == null) {
      install(LOG);
    }
    for (String name : OTHERS) {
      install(name);
    }
    for (String name : OURS) {
      install(name);
    }
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getHeaders().get("Fragment-Host") == null) {
        bundle.start();
      }
    }
    awaitUse();
  }

  private Bundle install(String name) throws Exception {
    try (InputStream jar = Files.newInputStream(bundles.resolve(name + ".jar"))) {
      Bundle bundle = context.installBundle("cycles:" + name, jar);
      installed.put(name, bundle);
      return bundle;
    }
  }

  private void run(String framework, String name, int rounds) throws Exception {
    int settled = Math.min(rounds / 3, LOOK_EVERY);
    State before = null;
    int seen = 0;
    long begun = System.nanoTime();
    for (int round = 1; round <= rounds; round++) {
      round(name);
      seen++;
      if (round == settled) {
        before = now();
      }
      if (round % LOOK_EVERY == 0) {
        System.gc();
        loaders.removeIf(loader -> loader.refersTo(null));
      }
    }
    State after = settled(before);
    int left = liveLoaders();
    List<String> more = after.since(before);
    if (left > 0) {
      more.add(left + " class loaders");
    }
    more.forEach(what -> wrong.add(name + ": " + what));
    System.out.printf(
        Locale.ROOT,
        "%s: %s: %d rounds in %.1f s; %d of %d class loaders left; %s%s%n",
        framework,
        name,
        rounds,
        (System.nanoTime() - begun) / 1e9,
        left,
        seen,
        after,
        more.isEmpty() ? "" : "; LEFT: " + more);
  }

  /** The one that is there has gone before, so that each round begins with an installation. */
  private void round(String name) throws Exception {
    Bundle there = installed.get(name);
    loaders.add(new WeakReference<>(there.adapt(BundleWiring.class).getClassLoader()));
    for (int i = OURS.size() - 1; i >= OURS.indexOf(name); i--) {
      installed.get(OURS.get(i)).stop();
    }
    there.uninstall();
    refresh();
    install(name);
    startOurs();
    awaitUse();
  }

  /** What is wired to it stops with it, in order, and is started again. */
  private void startOurs() throws Exception {
    for (String name : OURS) {
      installed.get(name).start();
    }
  }

  private void refresh() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    context
        .getBundle(0)
        .adapt(FrameworkWiring.class)
        .refreshBundles(
            null,
            event -> {
              if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
              }
            });
    if (!done.await(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the framework does not refresh");
    }
  }

  /** Waits until the system heap can be used, and uses it; by reflection, to have no type of it. */
  private void awaitUse() {
    Await.await("the system heap can be used", this::use);
  }

  private boolean use() throws Exception {
    ServiceReference<?>[] found =
        context.getAllServiceReferences("org.dmabufheaps.HeapAllocator", SYSTEM);
    if (found == null) {
      return false;
    }
    Object heap = context.getService(found[0]);
    if (heap == null) {
      return false;
    }
    Bundle core = found[0].getBundle();
    Class<?> type = core.loadClass("org.dmabufheaps.HeapAllocator");
    Class<?> buffers = core.loadClass("org.dmabufheaps.DmaBuf");
    Object write = core.loadClass("org.dmabufheaps.Access").getField("WRITE").get(null);
    Object buffer = type.getMethod("allocate", long.class).invoke(heap, 4096L);
    buffers.getMethod("beginCpuAccess", write.getClass()).invoke(buffer, write);
    buffers.getMethod("close").invoke(buffer);
    context.ungetService(found[0]);
    return true;
  }

  private State now() throws Exception {
    Await.await("all bundles are active", this::allActive);
    Await.await("idle memory is given back", this::idleIsGone);
    System.gc();
    return new State(
        links("/proc/self/fd"),
        mappedFiles(),
        Thread.getAllStackTraces().size(),
        context.getAllServiceReferences(null, null).length);
  }

  /** Threads end and descriptors go a little after what had them. */
  private State settled(State before) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
    State now = now();
    while (!now.since(before).isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      now = now();
    }
    return now;
  }

  private boolean allActive() throws Exception {
    return use()
        && installed.values().stream().allMatch(bundle -> bundle.getState() == Bundle.ACTIVE);
  }

  /** What the pool and the freelist keep is no leak, and how much that is depends on the pace. */
  private boolean idleIsGone() throws Exception {
    ServiceReference<?>[] shrinkers = context.getAllServiceReferences(SHRINKER, null);
    long left = 0;
    for (ServiceReference<?> reference : shrinkers) {
      Class<?> type = reference.getBundle().loadClass(SHRINKER);
      Object shrinker = context.getService(reference);
      type.getMethod("scan", long.class).invoke(shrinker, Long.MAX_VALUE);
      left += (long) type.getMethod("count").invoke(shrinker);
      context.ungetService(reference);
    }
    return left == 0;
  }

  private static int links(String directory) throws IOException {
    try (var all = Files.list(Path.of(directory))) {
      return (int) all.count();
    }
  }

  private static int mappedFiles() throws IOException {
    return (int)
        Files.readAllLines(Path.of("/proc/self/maps")).stream()
            .filter(line -> line.contains(" /"))
            .count();
  }

  private int liveLoaders() {
    Await.await(
        () -> "the class loaders are dead, of which " + loaders.size() + " live",
        () -> {
          System.gc();
          loaders.removeIf(loader -> loader.refersTo(null));
          return loaders.isEmpty();
        });
    return loaders.size();
  }
}
