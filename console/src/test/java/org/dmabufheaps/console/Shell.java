// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The real Gogo, with our commands over a fake core. */
final class Shell implements AutoCloseable {
  final FakeCore core = new FakeCore();
  final FakeKit kit = new FakeKit();
  final ShowCommands show = new ShowCommands(core);
  final BufferCommands bufferCommands = new BufferCommands(core, core, context());
  final TrimCommand trimCommand = new TrimCommand();
  private final ThreadIOImpl io = new ThreadIOImpl();
  private final CommandProcessorImpl processor = new CommandProcessorImpl(io);

  Shell() {
    io.start();
    add("heap", show, "list", "buffers", "info", "stat", "leaks", "budget");
    add("heap", new QuotaCommand(core, core.admin(), context()), "quota");
    add("heap", trimCommand, "trim");
    add("heap", bufferCommands, "alloc", "fill", "dump", "free");
    add("heap", new SelftestCommand(core, kit), "selftest");
    add("heap", new HelpCommand(), "help");
  }

  /** Adds commands. */
  void add(String scope, Object target, String... functions) {
    for (String function : functions) {
      processor.addCommand(scope, target, function);
    }
  }

  private static BundleContext context() {
    Bundle bundle = proxy(Bundle.class, "getBundleId", FakeCore.CONSOLE);
    return proxy(BundleContext.class, "getBundle", bundle);
  }

  private static <T> T proxy(Class<T> type, String method, Object result) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method)) {
                return result;
              }
              if (called.getName().equals("getProperty")) {
                return null;
              }
              throw new UnsupportedOperationException(called.toString());
            }));
  }

  /** Runs a line and returns what it prints. */
  String run(String line) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    CommandSession session =
        processor.createSession(new ByteArrayInputStream(new byte[0]), print, print);
    try {
      Object result = session.execute(line);
      print.print(result == null ? "" : result);
    } finally {
      session.close();
      printed = out.toString(StandardCharsets.UTF_8);
    }
    return printed;
  }

  /** What the last line printed, also when it failed. */
  String printed = "";

  /** Runs a line that must fail, and returns the message. */
  String fail(String line) {
    Exception failure = assertThrows(CommandFailed.class, () -> run(line));
    return failure.getMessage();
  }

  @Override
  public void close() {
    processor.stop();
    io.stop();
  }
}
