// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.util.Locale;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;

/**
 * Prints log entries to standard error, which a service manager keeps: those of the level in the
 * framework property {@code dmabuf.log.level} and worse, or of {@code WARN} when there is none;
 * none at all when it is {@code OFF}.
 */
@Component(service = {})
public final class LogOutput implements LogListener {
  private static final String LEVEL = "dmabuf.log.level";
  private static final String OFF = "OFF";

  private final LogReaderService reader;
  private final PrintStream out;
  private final LogLevel level;

  /**
   * Starts to listen.
   *
   * @param context gives the level
   * @param reader gives the entries
   * @throws IllegalArgumentException when the level is none
   */
  @Activate
  public LogOutput(BundleContext context, @Reference LogReaderService reader) {
    this(context.getProperty(LEVEL), reader, System.err);
  }

  LogOutput(String property, LogReaderService reader, PrintStream out) {
    String name = property == null ? "WARN" : property.strip().toUpperCase(Locale.ROOT);
    this.reader = reader;
    this.out = out;
    level = name.equals(OFF) ? LogLevel.AUDIT : LogLevel.valueOf(name);
    if (!name.equals(OFF)) {
      reader.addLogListener(this);
    }
  }

  @Deactivate
  void stop() {
    reader.removeLogListener(this);
  }

  @Override
  public void logged(LogEntry entry) {
    if (!level.implies(entry.getLogLevel())) {
      return;
    }
    String source = entry.getBundle() == null ? "" : entry.getBundle().getSymbolicName() + ": ";
    String line = entry.getLogLevel() + " " + source + entry.getMessage();
    synchronized (out) {
      out.println(line);
      if (entry.getException() != null) {
        entry.getException().printStackTrace(out);
      }
    }
  }
}
