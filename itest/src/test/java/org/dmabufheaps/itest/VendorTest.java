// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.options;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.junit.After;
import org.junit.Before;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** A test with {@link VendorHeap}s: what they tell, and the gate that holds them up. */
public abstract class VendorTest extends ContainerTest {
  private static final String CORE_PID = "org.dmabufheaps.core";

  /** What the heaps tell. */
  final List<String> events = new CopyOnWriteArrayList<>();

  /** Holds up what blocks. */
  final CountDownLatch gate = new CountDownLatch(1);

  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
  private LogLines log;

  @Override
  protected Option[] more() {
    return options(built("org.apache.felix.gogo.runtime"), built("conformance"), built("console"));
  }

  @Before
  public final void offerEventsAndGate() {
    log = LogLines.open(context);
    registrations.add(
        context.registerService(
            List.class, events, FrameworkUtil.asDictionary(Map.of("itest", "events"))));
    registrations.add(
        context.registerService(
            CountDownLatch.class, gate, FrameworkUtil.asDictionary(Map.of("itest", "gate"))));
  }

  @After
  public final void openTheGate() throws Exception {
    gate.countDown();
    registrations.forEach(ServiceRegistration::unregister);
    log.close();
    coreConfiguration().delete();
  }

  /** What is logged during the test. */
  LogLines log() {
    return log;
  }

  private Configuration coreConfiguration() throws Exception {
    return service(ConfigurationAdmin.class, null).getConfiguration(CORE_PID, "?");
  }

  /** Makes core wait less for calls that are stuck; the reserve shows that it knows. */
  void limitCallsToMillis(long millis) throws Exception {
    long reserve = (64 << 20) + System.nanoTime() % 1_000_000;
    coreConfiguration()
        .update(
            FrameworkUtil.asDictionary(
                Map.of("call.limit.millis", millis, "reserve.bytes", reserve)));
    await("core is configured", () -> books().ofBudget("reserveBytes").equals(reserve));
  }

  AllocationService allocations() {
    return service(AllocationService.class, null);
  }

  static String named(String heap) {
    return "(" + HeapAllocator.NAME + "=" + heap + ")";
  }

  /** Runs something on a thread of its own. */
  static <T> FutureTask<T> inBackground(Callable<T> task) {
    FutureTask<T> running = new FutureTask<>(task);
    Thread thread = new Thread(running, "itest-background");
    thread.setDaemon(true);
    thread.start();
    return running;
  }

  /** Core, another heap and the books work, whatever a vendor did. */
  void assertOthersWork() throws Exception {
    assertWorks("system");
    assertEquals(true, books().ofHeap("system", "available"));
    assertTrue(shell("heap:list").contains("system"));
  }

  /** What a shell command prints. */
  String shell(String command) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    CommandProcessor processor = service(CommandProcessor.class, null);
    try (CommandSession session =
        processor.createSession(InputStream.nullInputStream(), print, print)) {
      Object result = session.execute(command);
      return out.toString(StandardCharsets.UTF_8) + result;
    }
  }

  /** A buffer can be had of a heap, is zero and holds what is written. */
  void assertWorks(String heap) throws HeapException {
    try (DmaBuf buffer = allocations().allocate(heap, 8192);
        CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
      assertEquals(0, access.bytes().getLong(8184));
      access.bytes().putLong(8184, 42);
      assertEquals(42, access.bytes().getLong(8184));
    }
  }
}
