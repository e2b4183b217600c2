// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.spi.Heap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Runs the shell command in the framework property {@code dmabuf.exec}, if there is one, and ends
 * the VM: with status 0, or 1 when the command threw or the container did not come up.
 *
 * <p>The command waits until the framework has started and core has taken in every heap.
 */
@Component(service = {})
public final class ExecCommand {
  private static final String COMMAND = "dmabuf.exec";
  private static final long START_LIMIT_MS = 120_000;
  private static final long HEAPS_LIMIT_MS = 20_000;
  private static final long POLL_MS = 10;

  private final BundleContext context;
  private final Thread thread;

  /**
   * Starts the thread that waits and runs the command.
   *
   * @param context of this bundle
   */
  @Activate
  public ExecCommand(BundleContext context) {
    this.context = context;
    String command = context.getProperty(COMMAND);
    thread = new Thread(() -> runAndExit(command), "dmabuf-exec");
    thread.setDaemon(true);
    if (command != null) {
      thread.start();
    }
  }

  @Deactivate
  void stop() {
    thread.interrupt();
  }

  private void runAndExit(String command) {
    int status = 1;
    try {
      run(command);
      status = 0;
    } catch (InterruptedException e) {
      return; // the container is being stopped from elsewhere
    } catch (Exception e) {
      Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
      boolean forPeople = cause instanceof CommandFailed || cause instanceof HeapException;
      Object why = forPeople ? cause.getMessage() : cause;
      System.err.println(command + ": " + why);
    }
    System.out.flush();
    // Not on a thread of the framework: exit waits for the shutdown hook, and that for the bundles.
    System.exit(status);
  }

  private void run(String command) throws Exception {
    ServiceTracker<CommandProcessor, CommandProcessor> processors = open(CommandProcessor.class);
    ServiceTracker<AllocationService, AllocationService> allocations =
        open(AllocationService.class);
    ServiceTracker<HeapRegistry, HeapRegistry> registries = open(HeapRegistry.class);
    ServiceTracker<ServiceComponentRuntime, ServiceComponentRuntime> components =
        open(ServiceComponentRuntime.class);
    try {
      await("the framework has not started", this::frameworkStarted);
      await("no shell", () -> processors.getService() != null);
      await("no AllocationService", () -> allocations.getService() != null);
      awaitHeaps(registries);
      await("no ServiceComponentRuntime", () -> components.getService() != null);
      await("a command is missing", () -> commandsThere(components.getService(), command));
      execute(processors.getService(), command);
    } finally {
      components.close();
      registries.close();
      allocations.close();
      processors.close();
    }
  }

  /** A heap that can't be activated is offered and never listed; it holds up nobody for long. */
  private void awaitHeaps(ServiceTracker<HeapRegistry, HeapRegistry> registries)
      throws InterruptedException {
    try {
      await(
          HEAPS_LIMIT_MS, "not every heap came up", () -> allHeapsListed(registries.getService()));
    } catch (TimeoutException e) {
      System.err.println(e.getMessage() + "; the log says why, heap:list shows those that did");
    }
  }

  private <T> ServiceTracker<T, T> open(Class<T> type) {
    ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
    tracker.open();
    return tracker;
  }

  private static void execute(CommandProcessor processor, String command) throws Exception {
    // The descriptors themselves: System.out is Gogo's by now, which leads to the session's own.
    // Neither they nor the session are closed: the VM ends anyway.
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8);
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8);
    CommandSession session = processor.createSession(System.in, out, err);
    Object result = session.execute(command);
    if (result != null) {
      out.println(session.format(result, Converter.INSPECT));
    }
  }

  private boolean frameworkStarted() {
    return context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getState() == Bundle.ACTIVE;
  }

  private boolean allHeapsListed(HeapRegistry registry) {
    try {
      var heaps = context.getAllServiceReferences(Heap.class.getName(), null);
      int count = heaps == null ? 0 : heaps.length;
      return registry != null && registry.heaps().size() >= count;
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean commandsThere(ServiceComponentRuntime components, String line) {
    List<Map<String, Object>> properties =
        components.getComponentDescriptionDTOs().stream()
            .map(component -> component.properties)
            .toList();
    return LineCommands.of(line, properties).filters().stream().allMatch(this::serviceThere);
  }

  private boolean serviceThere(String filter) {
    try {
      return context.getAllServiceReferences(null, filter) != null;
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(String otherwise, BooleanSupplier condition)
      throws InterruptedException, TimeoutException {
    await(START_LIMIT_MS, otherwise, condition);
  }

  private static void await(long limitMillis, String otherwise, BooleanSupplier condition)
      throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new TimeoutException(otherwise + " after " + limitMillis / 1000 + " s");
      }
      Thread.sleep(POLL_MS);
    }
  }
}
