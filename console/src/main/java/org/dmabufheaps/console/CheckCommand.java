// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarFile;
import java.util.zip.ZipFile;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.spi.Heap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The command that checks vendors' bundles: installs them, runs the kit on every heap that they
 * bring, and uninstalls them.
 */
@Component(
    service = CheckCommand.class,
    property = {"osgi.command.scope=heap", "osgi.command.function=check"})
public final class CheckCommand {
  private static final String USAGE = "heap:check JAR...";
  private static final int MOST_JARS = 64;
  private static final long HEAP_LIMIT_MS = 10_000;
  private static final long POLL_MS = 10;

  private final HeapRegistry registry;
  private final ConformanceKit kit;
  private final BundleContext context;

  /**
   * Activates.
   *
   * @param registry has the books
   * @param kit checks heaps
   * @param context installs the bundles
   */
  @Activate
  public CheckCommand(
      @Reference HeapRegistry registry, @Reference ConformanceKit kit, BundleContext context) {
    this.registry = registry;
    this.kit = kit;
    this.context = context;
  }

  /**
   * Checks every heap of some bundles, which are there only meanwhile. Heaps that need a
   * configuration take it from Config Admin, as ever.
   *
   * @param session the shell
   * @param given paths of jar files
   * @throws Exception when a bundle can't be started or brings no heap, or a check fails
   */
  @Descriptor("checks every heap of a vendor's bundles")
  public void check(CommandSession session, @Descriptor("JAR...") String... given)
      throws Exception {
    Arguments arguments = Arguments.of(USAGE, 1, MOST_JARS, given);
    List<Bundle> bundles = new ArrayList<>();
    try {
      for (String jar : arguments.given()) {
        bundles.add(install(Path.of(jar).toAbsolutePath()));
      }
      List<String> heaps = new ArrayList<>();
      for (Bundle bundle : bundles) {
        heaps.addAll(start(bundle));
      }
      new Selftest(kit, Options.standard(), session.getConsole()).run(heaps);
    } finally {
      for (Bundle bundle : bundles) {
        bundle.uninstall();
      }
    }
  }

  private Bundle install(Path jar) throws CommandFailed {
    if (!Files.isReadable(jar)) {
      throw new CommandFailed("there is no file " + jar + " that can be read");
    }
    refuseWhatIsNoJar(jar);
    String location = jar.toUri().toString();
    if (context.getBundle(location) != null) {
      throw new CommandFailed(jar + " is installed already; heap:selftest checks its heaps");
    }
    try {
      return context.installBundle(location);
    } catch (BundleException e) {
      throw new CommandFailed(jar + " can't be installed: " + e.getMessage());
    }
  }

  /** The framework would only say that it can't cache it. */
  private static void refuseWhatIsNoJar(Path jar) throws CommandFailed {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      if (zip.getEntry(JarFile.MANIFEST_NAME) == null) {
        throw new CommandFailed(jar + " is no bundle: it has no " + JarFile.MANIFEST_NAME);
      }
    } catch (IOException e) {
      throw new CommandFailed(jar + " is no jar file: " + e.getMessage());
    }
  }

  /** Starts a bundle and returns the names of its heaps. */
  private List<String> start(Bundle bundle) throws CommandFailed, InterruptedException {
    try {
      bundle.start();
    } catch (BundleException e) {
      throw new CommandFailed(bundle + " can't be started: " + e.getMessage());
    }
    long deadline = System.nanoTime() + HEAP_LIMIT_MS * 1_000_000;
    List<HeapInfo> heaps = heapsOf(bundle);
    while ((heaps.isEmpty() || heaps.size() < heapServices(bundle))
        && System.nanoTime() - deadline < 0) {
      Thread.sleep(POLL_MS);
      heaps = heapsOf(bundle);
    }
    if (heaps.isEmpty()) {
      throw new CommandFailed(bundle + " brought no heap: " + whyNone(bundle));
    }
    for (HeapInfo heap : heaps) {
      refuseWhatCanNotBeChecked(heap);
    }
    return heaps.stream().map(heap -> heap.name).toList();
  }

  private List<HeapInfo> heapsOf(Bundle bundle) {
    return registry.heaps().stream()
        .filter(heap -> heap.bundle.equals(bundle.getSymbolicName()))
        .toList();
  }

  private static long heapServices(Bundle bundle) {
    ServiceReference<?>[] services = bundle.getRegisteredServices();
    return services == null
        ? 0
        : Arrays.stream(services)
            .map(service -> (String[]) service.getProperty(Constants.OBJECTCLASS))
            .filter(types -> Arrays.asList(types).contains(Heap.class.getName()))
            .count();
  }

  private static String whyNone(Bundle bundle) {
    return heapServices(bundle) > 0
        ? "it offers one that could not be activated; the log says why"
        : "none of its components is satisfied; is a configuration missing, or a service?"
            + " (scr:list, scr:info NAME)";
  }

  private void refuseWhatCanNotBeChecked(HeapInfo heap) throws CommandFailed {
    if (!heap.available) {
      throw new CommandFailed("heap " + heap.name + " is unavailable: " + heap.reason);
    }
    for (HeapInfo other : registry.heaps()) {
      if (other.name.equals(heap.name) && !Objects.equals(other.bundle, heap.bundle)) {
        throw new CommandFailed(
            "heap " + heap.name + " is not alone: " + other.bundle + " has one of that name, too");
      }
    }
  }
}
