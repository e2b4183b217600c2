// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.product;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.dmabufheaps.bench.source.Client;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** The built bundles in a Felix of their own, in this VM. */
public final class Product implements AutoCloseable {
  /** What every start set has, in the order of starting. */
  private static final List<String> START_SET =
      List.of(
          "org.apache.felix.log",
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component",
          "org.apache.felix.scr",
          "org.apache.felix.configadmin",
          "org.apache.felix.metatype",
          "jna",
          "core-api",
          "linux-memory");

  /** The optional bundles. */
  private static final List<String> BOLT_ONS = List.of("heap-pagepool", "heap-deferred-free");

  private static final long STOP_MILLIS = 20_000;

  private final Framework framework;
  private final Path cache;
  private final Client client;

  private Product(Framework framework, Path cache, Client client) {
    this.framework = framework;
    this.cache = cache;
    this.client = client;
  }

  /**
   * Tells which optional bundles were not built.
   *
   * @param jars where the bundles are
   * @return their names
   */
  public static List<String> missing(Path jars) {
    return BOLT_ONS.stream().filter(name -> !Files.exists(jar(jars, name))).toList();
  }

  private static Path jar(Path jars, String name) {
    return jars.resolve(name + ".jar");
  }

  /**
   * Starts a framework.
   *
   * @param jars where the bundles are
   * @param clientJar the client's bundle
   * @param boltOns whether the optional bundles are installed
   * @param configurations by persistent identity
   * @return the product, running
   * @throws IOException when it doesn't start
   */
  public static Product start(
      Path jars, Path clientJar, boolean boltOns, Map<String, Map<String, String>> configurations)
      throws IOException {
    Path cache = Files.createTempDirectory("benchmarks-felix-");
    Framework framework = framework(cache);
    try {
      framework.start();
      List<String> names = new ArrayList<>(START_SET);
      if (boltOns) {
        names.addAll(BOLT_ONS);
      }
      for (String name : names) {
        start(framework, jar(jars, name));
      }
      start(framework, clientJar);
      Client client = client(framework);
      for (Map.Entry<String, Map<String, String>> configuration : configurations.entrySet()) {
        client.configure(configuration.getKey(), configuration.getValue());
      }
      start(framework, jar(jars, "heap-system"));
      return new Product(framework, cache, client);
    } catch (BundleException e) {
      throw new IOException("starting Felix with what is in " + jars, e);
    }
  }

  private static Framework framework(Path cache) {
    Map<String, String> settings = new HashMap<>();
    settings.put(Constants.FRAMEWORK_STORAGE, cache.toString());
    settings.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, Client.class.getPackageName());
    settings.put("felix.log.level", "1");
    return ServiceLoader.load(FrameworkFactory.class)
        .findFirst()
        .orElseThrow()
        .newFramework(settings);
  }

  private static void start(Framework framework, Path jar) throws BundleException {
    Bundle bundle = framework.getBundleContext().installBundle("reference:" + jar.toUri());
    bundle.start();
  }

  private static Client client(Framework framework) {
    BundleContext context = framework.getBundleContext();
    ServiceReference<Client> reference = context.getServiceReference(Client.class);
    return context.getService(reference);
  }

  /**
   * Returns the client's bundle.
   *
   * @return what it offers
   */
  public Client client() {
    return client;
  }

  @Override
  public void close() throws IOException {
    try {
      framework.stop();
      framework.waitForStop(STOP_MILLIS);
    } catch (BundleException e) {
      throw new IOException("stopping Felix", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.walk(cache)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
