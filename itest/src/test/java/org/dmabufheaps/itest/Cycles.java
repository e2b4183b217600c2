// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
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
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * A program: the whole set of bundles on whichever framework is on the class path; each of ours,
 * and of a vendor's, is installed, started, used, stopped and uninstalled, again and again, and
 * must leave nothing.
 *
 * <p>Arguments: the directory of the bundles, the number of rounds, and the bundles that are to go
 * through them, all if none is named. The property {@code vendor.dir} leads to the vendor's.
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
          "jna",
          "gson");

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
          "broker",
          "unixfd",
          "console",
          "demo",
          "heap-carveout",
          "heap-chunk",
          "acme-heap");

  private static final int LOOK_EVERY = 100;
  private static final int SLACK = 2;
  private static final int SETTLE_SECONDS = 30;

  private final Path bundles;
  private final BundleContext context;
  private final CyclesClients clients;
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

  private Cycles(Path bundles, BundleContext context, CyclesClients clients) {
    this.bundles = bundles;
    this.context = context;
    this.clients = clients;
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
      System.exit(run(framework, storage, List.of(arguments)));
    } catch (Throwable t) {
      t.printStackTrace();
      System.exit(2);
    }
  }

  private static int run(Framework framework, Path directory, List<String> arguments)
      throws Exception {
    BundleContext context = framework.getBundleContext();
    Cycles cycles =
        new Cycles(Path.of(arguments.get(0)), context, new CyclesClients(context, directory));
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
    startInstalled();
    clients.configure();
    for (String name : OURS) {
      install(name);
    }
    startInstalled();
    awaitUse();
  }

  private void startInstalled() throws Exception {
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getHeaders().get("Fragment-Host") == null) {
        bundle.start();
      }
    }
  }

  /** The vendor's are built on their own. */
  private Path jar(String name) {
    return switch (name) {
      case "heap-carveout" -> Vendor.carveout();
      case "heap-chunk" -> Vendor.chunk();
      case "acme-heap" -> Vendor.template();
      default -> bundles.resolve(name + ".jar");
    };
  }

  private Bundle install(String name) throws Exception {
    try (InputStream jar = Files.newInputStream(jar(name))) {
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

  /**
   * The old one has gone before the new one comes. Only then is the framework refreshed, lest it
   * resolve what can do without this one to be without it.
   */
  private void round(String name) throws Exception {
    Bundle there = installed.get(name);
    loaders.add(new WeakReference<>(there.adapt(BundleWiring.class).getClassLoader()));
    stopWithWhatIsWiredTo(there);
    there.uninstall();
    install(name);
    refresh();
    startOurs();
    awaitUse();
  }

  private void stopWithWhatIsWiredTo(Bundle there) throws Exception {
    Collection<Bundle> wired = wirings().getDependencyClosure(List.of(there));
    for (int i = OURS.size() - 1; i >= 0; i--) {
      Bundle bundle = installed.get(OURS.get(i));
      if (wired.contains(bundle)) {
        bundle.stop();
      }
    }
  }

  private FrameworkWiring wirings() {
    return context.getBundle(0).adapt(FrameworkWiring.class);
  }

  private void startOurs() throws Exception {
    for (String name : OURS) {
      installed.get(name).start();
    }
  }

  private void refresh() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    wirings()
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

  private void awaitUse() {
    Await.await("all can be used", clients::use);
  }

  private State now() throws Exception {
    Await.await("all bundles are active", this::allActive);
    Await.await("idle memory is given back", clients::idleIsGone);
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
    return clients.use()
        && installed.values().stream().allMatch(bundle -> bundle.getState() == Bundle.ACTIVE);
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
