// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Ends the VM when the demo is over, or its time is. Refers to nothing, so that it ends a demo that
 * could not even start, too.
 */
@Component(service = DemoEnd.class, immediate = true)
public final class DemoEnd {
  /** What the demo itself gets to notice that its time is over, and to clean up. */
  private static final long GRACE_SECONDS = 5;

  /** By name: their packages may be what is missing. */
  private static final List<String> NEEDED =
      List.of(
          "org.dmabufheaps.AllocationService",
          "org.dmabufheaps.HeapRegistry",
          "org.dmabufheaps.FdSockets",
          "org.dmabufheaps.linux.LinuxMemory");

  private final BundleContext context;
  private final Options options;
  private final CompletableFuture<Boolean> passed = new CompletableFuture<>();
  private volatile Thread worker;

  /**
   * Starts to wait, if the framework property {@code dmabuf.demo} is set.
   *
   * @param context gives the options
   */
  @Activate
  public DemoEnd(BundleContext context) {
    this.context = context;
    boolean wanted = context.getProperty("dmabuf.demo") != null;
    this.options = wanted ? options() : null;
    if (wanted) {
      new Thread(this::await, "dmabuf-demo-end").start();
    }
  }

  private Options options() {
    try {
      return Options.of(context::getProperty);
    } catch (IllegalArgumentException | IOException e) {
      System.out.println("demo: FAILED: " + e.getMessage());
      passed.complete(false);
      return null;
    }
  }

  /** How the demo is to run; empty when it is not to run. */
  Optional<Options> wanted() {
    return Optional.ofNullable(options);
  }

  /**
   * Tells which thread does the work, for the case that it never ends.
   *
   * @param thread the worker
   */
  void expect(Thread thread) {
    worker = thread;
  }

  /**
   * Tells that the demo is over.
   *
   * @param withSuccess whether all was as it should be
   */
  void is(boolean withSuccess) {
    passed.complete(withSuccess);
  }

  private void await() {
    int status = 1;
    try {
      long seconds =
          options == null ? 0 : options.seconds() + Options.OTHERS_SECONDS + GRACE_SECONDS;
      status = passed.get(seconds, TimeUnit.SECONDS) ? 0 : 1;
    } catch (TimeoutException e) {
      System.out.println("demo: FAILED: time is over; " + why());
    } catch (InterruptedException | ExecutionException e) {
      System.out.println("demo: FAILED: " + e.getMessage());
    }
    System.out.flush();
    System.exit(status);
  }

  private String why() {
    if (worker != null) {
      return "it is at " + List.of(worker.getStackTrace());
    }
    return "what it needs is not there: "
        + NEEDED.stream().filter(service -> context.getServiceReference(service) == null).toList();
  }
}
