// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;

/** What of the log is printed. */
class LogOutputTest {
  private final List<LogListener> listeners = new ArrayList<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final LogReaderService reader =
      new LogReaderService() {
        @Override
        public void addLogListener(LogListener listener) {
          listeners.add(listener);
        }

        @Override
        public void removeLogListener(LogListener listener) {
          listeners.remove(listener);
        }

        @Override
        public Enumeration<LogEntry> getLog() {
          return Collections.emptyEnumeration();
        }
      };

  private LogOutput output(String level) {
    return new LogOutput(level, reader, new PrintStream(bytes, true, UTF_8));
  }

  private void log(LogLevel level, String message, Throwable exception) {
    Map<String, Object> values = new HashMap<>();
    values.put("getLogLevel", level);
    values.put("getMessage", message);
    values.put("getException", exception);
    LogEntry entry =
        (LogEntry)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {LogEntry.class},
                (proxy, method, arguments) -> values.get(method.getName()));
    listeners.forEach(listener -> listener.logged(entry));
  }

  @Test
  void printsWarningsAndWorseByDefault() {
    output(null);
    log(LogLevel.INFO, "a", null);
    log(LogLevel.WARN, "b", null);
    log(LogLevel.ERROR, "c", null);
    assertEquals("WARN b\nERROR c\n", bytes.toString(UTF_8));
  }

  @Test
  void printsTheStackOfAnException() {
    output("error");
    log(LogLevel.ERROR, "c", new IllegalStateException("why"));
    assertTrue(
        bytes.toString(UTF_8).contains("IllegalStateException: why\n\tat "),
        () -> bytes.toString(UTF_8));
  }

  @Test
  void printsNothingWhenOffOrStopped() {
    output("OFF");
    output("DEBUG").stop();
    log(LogLevel.ERROR, "c", null);
    assertEquals("", bytes.toString(UTF_8));
  }

  @Test
  void refusesALevelThatIsNone() {
    assertThrows(IllegalArgumentException.class, () -> output("LOUD"));
    assertTrue(listeners.isEmpty());
  }
}
