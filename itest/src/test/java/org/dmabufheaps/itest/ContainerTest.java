// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A test on the built bundles in Felix, one framework for each class.
 *
 * <p>After each test the bundles that it installed are uninstalled, those of the start set are
 * active again, and nothing may be left: no descriptor, no mapping, no thread beyond what was there
 * before, nothing in the books.
 *
 * <p>Has no type of ours in it: a test that has none either is not stopped when core is refreshed.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public abstract class ContainerTest {
  /** The symbolic name of the heap's bundle. */
  protected static final String HEAP_SYSTEM = "org.dmabufheaps.heap-system";

  /** The symbolic name of the bundle that calls Linux. */
  protected static final String LINUX_MEMORY = "org.dmabufheaps.linux-memory";

  /** The symbolic name of the core bundle. */
  protected static final String CORE = "org.dmabufheaps.core-api";

  static final String TEST_LOCATION = "test:";

  private static final List<String> OURS = List.of(CORE, LINUX_MEMORY, HEAP_SYSTEM);

  /** The context of the bundle that the tests run in. */
  @Inject protected BundleContext context;

  private final List<ServiceTracker<?, ?>> trackers = new ArrayList<>();
  private ProcessState before;

  /**
   * Says what is in the framework.
   *
   * @return the start set and {@link #more()}
   */
  @Configuration
  public Option[] configuration() {
    return options(
        systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"),
        startSet(),
        composite(more()),
        junitBundles());
  }

  /**
   * Installs and starts one of the built bundles that the start set lacks, until the test ends.
   *
   * @param artifactId such as {@code heap-pagepool}
   * @return the bundle
   */
  protected Bundle install(String artifactId) throws BundleException, IOException {
    File jar = new File(System.getProperty("bundles.dir"), artifactId + ".jar");
    try (InputStream bytes = new FileInputStream(jar)) {
      Bundle bundle = context.installBundle(TEST_LOCATION + artifactId, bytes);
      bundle.start();
      return bundle;
    }
  }

  /**
   * What a test class needs besides the start set.
   *
   * @return nothing, unless overridden
   */
  protected Option[] more() {
    return options();
  }

  private static Option startSet() {
    return composite(
        Stream.of(
                "org.apache.felix.log",
                "org.osgi.util.function",
                "org.osgi.util.promise",
                "org.osgi.service.component",
                "org.apache.felix.scr",
                "org.apache.felix.configadmin",
                "org.apache.felix.metatype",
                "jna",
                "core-api",
                "linux-memory",
                "heap-system")
            .map(ContainerTest::built)
            .toArray(Option[]::new));
  }

  /**
   * A bundle that was built, or one that the build depends on.
   *
   * @param artifactId its Maven name
   * @return the option that installs and starts it
   */
  protected static Option built(String artifactId) {
    File jar = new File(System.getProperty("bundles.dir"), artifactId + ".jar");
    return bundle("reference:" + jar.toURI());
  }

  /** Notes what there is before the test. */
  @Before
  public final void noteState() {
    awaitStartSet();
    before = ProcessState.now();
  }

  /** Undoes what the test did to the framework, and checks that nothing is left. */
  @After
  public final void nothingIsLeft() throws BundleException {
    trackers.forEach(ServiceTracker::close);
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getLocation().startsWith(TEST_LOCATION)) {
        bundle.uninstall();
      }
    }
    for (String name : OURS) {
      installed(name).start();
    }
    awaitStartSet();
    Books books = books();
    Await.await(() -> "the books are at zero: " + books, books::atZero);
    Await.await(
        () -> "all is as before the test: left are " + ProcessState.now().since(before),
        () -> ProcessState.now().since(before).isEmpty());
  }

  /** Waits until the services of the start set are there. */
  protected void awaitStartSet() {
    awaitService("org.dmabufheaps.AllocationService", null);
    awaitService("org.dmabufheaps.FdSockets", null);
    awaitService("org.dmabufheaps.HeapAllocator", "(dmabuf.heap.name=system)");
  }

  private void awaitService(String type, String filter) {
    await("there is a " + type + " " + filter, () -> serviceCount(type, filter) > 0);
  }

  /** Core's books. */
  Books books() {
    return new Books(context);
  }

  /** Waits until a condition holds: see {@link Await}. */
  protected static void await(String description, Callable<Boolean> condition) {
    Await.await(description, condition);
  }

  /**
   * Waits for a service.
   *
   * @param filter narrows it down; null for any
   * @return the service, got through this bundle until the test's end
   */
  protected <T> T service(Class<T> type, String filter) {
    String all = "(objectClass=" + type.getName() + ")";
    String wanted = filter == null ? all : "(&" + all + filter + ")";
    try {
      ServiceTracker<T, T> tracker =
          new ServiceTracker<>(context, FrameworkUtil.createFilter(wanted), null);
      tracker.open();
      trackers.add(tracker);
      await("there is a service " + wanted, () -> tracker.getService() != null);
      return tracker.getService();
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(wanted, e);
    }
  }

  /**
   * Counts services.
   *
   * @param filter narrows them down; null for all
   * @return how many there are now
   */
  protected int serviceCount(Class<?> type, String filter) {
    return serviceCount(type.getName(), filter);
  }

  /** As {@link #serviceCount(Class, String)}, by the type's name. */
  protected int serviceCount(String type, String filter) {
    try {
      var references = context.getAllServiceReferences(type, filter);
      return references == null ? 0 : references.length;
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(filter, e);
    }
  }

  /**
   * Finds a bundle.
   *
   * @param symbolicName of the bundle
   * @return the bundle
   * @throws AssertionError when it is not installed
   */
  protected Bundle installed(String symbolicName) {
    return Arrays.stream(context.getBundles())
        .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("not installed: " + symbolicName));
  }
}
