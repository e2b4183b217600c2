// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.osgi.service.log.LoggerFactory;

/** What our bundles and the vendor's log, warnings and errors, from when it was opened. */
final class LogLines implements AutoCloseable {
  private static final String MARK = "itest mark ";

  private final BundleContext context;
  private final ServiceReference<LogReaderService> reference;
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final LogListener listener = this::logged;

  private LogLines(BundleContext context) {
    this.context = context;
    this.reference = context.getServiceReference(LogReaderService.class);
    context.getService(reference).addLogListener(listener);
  }

  static LogLines open(BundleContext context) {
    return new LogLines(context);
  }

  private void logged(LogEntry entry) {
    String bundle = entry.getBundle().getSymbolicName();
    boolean ours = bundle.startsWith("org.dmabufheaps") || bundle.startsWith("com.acme");
    boolean bad = entry.getLogLevel() == LogLevel.ERROR || entry.getLogLevel() == LogLevel.WARN;
    if ((ours && bad) || entry.getMessage().startsWith(MARK)) {
      lines.add(entry.getMessage());
    }
  }

  /** The lines that have a text in them. */
  List<String> with(String text) {
    synchronized (lines) {
      return lines.stream().filter(line -> line.contains(text)).toList();
    }
  }

  /** Waits for lines that have a text in them; more than that many is wrong. */
  List<String> await(String text, int count) {
    Await.await(
        () -> count + " lines with \"" + text + "\" in the log: " + lines,
        () -> with(text).size() >= count);
    if (with(text).size() > count) {
      throw new AssertionError("more than " + count + " lines: " + with(text));
    }
    return with(text);
  }

  /** Checks that no line so far has a text in it. */
  void assertNone(String text) {
    String mark = MARK + System.nanoTime();
    ServiceReference<LoggerFactory> factory = context.getServiceReference(LoggerFactory.class);
    context.getService(factory).getLogger(LogLines.class).error(mark);
    context.ungetService(factory);
    Await.await("the log is written", () -> !with(mark).isEmpty());
    if (!with(text).isEmpty()) {
      throw new AssertionError("in the log: " + with(text));
    }
  }

  @Override
  public String toString() {
    return lines.toString();
  }

  @Override
  public void close() {
    LogReaderService reader = context.getService(reference);
    if (reader != null) {
      reader.removeLogListener(listener);
      context.ungetService(reference);
    }
  }
}
