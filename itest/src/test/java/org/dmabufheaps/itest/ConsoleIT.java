// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.options;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.HeapRegistry;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.BundleException;

/** The shell's commands in the container. */
public class ConsoleIT extends ContainerTest {
  private static final String CONSOLE = "org.dmabufheaps.console";
  private static final String CONFORMANCE = "org.dmabufheaps.conformance";
  private static final String SELFTEST = "(osgi.command.function=selftest)";

  @Override
  protected Option[] more() {
    return options(built("org.apache.felix.gogo.runtime"), built("conformance"), built("console"));
  }

  @Before
  @After
  public void startAll() throws BundleException {
    installed(CONFORMANCE).start();
    installed(CONSOLE).start();
    await("all commands are there", () -> commandCount("(osgi.command.scope=heap)") >= 10);
  }

  /** Several functions may be one service. */
  private int commandCount(String filter) throws Exception {
    var references = context.getAllServiceReferences(null, filter);
    int count = 0;
    for (int i = 0; references != null && i < references.length; i++) {
      Object functions = references[i].getProperty("osgi.command.function");
      count += functions instanceof String[] several ? several.length : 1;
    }
    return count;
  }

  private String run(String line) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, UTF_8);
    CommandProcessor processor = service(CommandProcessor.class, null);
    try (CommandSession session =
        processor.createSession(new ByteArrayInputStream(new byte[0]), print, print)) {
      session.execute(line);
      return out.toString(UTF_8);
    }
  }

  private BufferInfo onlyBuffer() {
    return service(HeapRegistry.class, null).buffers().get(0);
  }

  @Test
  public void aBufferLivesFromCommandToCommand() throws Exception {
    assertTrue(run("heap:list").contains("\nsystem "));
    assertTrue(run("heap:alloc system 8k").endsWith(": 8.0 KiB of heap system\n"));
    BufferInfo buffer = onlyBuffer();
    assertEquals(CONSOLE, buffer.owner);
    run("heap:fill " + buffer.handleId + " 0x41");
    assertEquals(
        """
        00001ff0  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|
        00002000
        """,
        run("heap:dump " + buffer.handleId + " 8176"));
    assertTrue(run("heap:buffers").contains("1 handle to 1 buffer, 8.0 KiB in all"));
    assertEquals("freed 1 buffer\n", run("heap:free --all"));
    assertEquals("No buffer is open.\n", run("heap:buffers"));
  }

  @Test
  public void whatTheConsoleHoldsIsFreedWhenItStops() throws Exception {
    run("heap:alloc system 1m 4");
    installed(CONSOLE).stop();
    assertTrue(service(HeapRegistry.class, null).buffers().isEmpty());
  }

  @Test
  public void aBufferThatWentWithItsHeapSaysSo() throws Exception {
    run("heap:alloc system 4k");
    long id = onlyBuffer().handleId;
    installed(HEAP_SYSTEM).stop();
    Exception gone = assertThrows(Exception.class, () -> run("heap:dump " + id));
    assertEquals(
        "buffer " + id + " is gone with its heap system; heap:alloc makes another",
        gone.getMessage());
  }

  @Test
  public void theOtherCommandsWorkWithoutTheKit() throws Exception {
    installed(CONFORMANCE).stop();
    assertEquals(0, commandCount(SELFTEST));
    assertTrue(run("heap:budget").contains("kept for the system"));
    installed(CONFORMANCE).start();
    await("heap:selftest is back", () -> commandCount(SELFTEST) == 1);
  }

  @Test
  public void aSelftestIsToldLineByLine() throws Exception {
    String told = run("heap:selftest --all 'zero on arrival'");
    assertTrue(told, told.contains("1/1 PASS memory is zero on arrival"));
    assertTrue(told, told.endsWith("  ok\n"));
  }

  @Test
  public void aHugeBufferIsRefusedWithTheBudgetAndWhatToDo() {
    Exception refused = assertThrows(Exception.class, () -> run("heap:alloc system 1p"));
    String message = refused.getMessage();
    assertTrue(message, message.contains("budget"));
    assertTrue(message, message.endsWith("; heap:budget and heap:list show what is taken"));
  }
}
