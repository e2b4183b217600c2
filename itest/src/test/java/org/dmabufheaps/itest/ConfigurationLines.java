// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;

/** Counts the lines of the log that tell of configurations, by what they begin with. */
final class ConfigurationLines implements AutoCloseable {
  private static final int LONGEST = 400;

  private final LogReaderService reader;
  private final LogListener listener = this::logged;
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();
  private volatile String wrong = "";

  ConfigurationLines(BundleContext context) {
    ServiceReference<LogReaderService> found = context.getServiceReference(LogReaderService.class);
    reader = context.getService(found);
    reader.addLogListener(listener);
  }

  private void logged(LogEntry entry) {
    String message = entry.getMessage();
    if (message.startsWith("configuration org.dmabufheaps")) {
      String[] words = message.split(" ", 4);
      counts.merge(words[1] + " " + words[2].replace(",", ""), 1, Integer::sum);
      boolean named = message.contains(" = ") || message.contains("change nothing: no.such.key.");
      if (!named || message.length() > LONGEST || message.indexOf('\n') >= 0) {
        wrong = message;
      }
    }
  }

  /** How many say that a configuration of this PID was refused. */
  int refused(String pid) {
    return counts.getOrDefault(pid + " refused", 0);
  }

  /** How many say that one has keys that are no settings. */
  int strange(String pid) {
    return counts.getOrDefault(pid + " has", 0);
  }

  /** A line that names no key, or is more than one line; empty while there was none. */
  String wrong() {
    return wrong;
  }

  @Override
  public void close() {
    reader.removeLogListener(listener);
  }
}
