// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.dmabufheaps.BufferInfo;

/** Says once what a bundle left open when it stopped. */
final class LeakReport {
  private static final int MOST_LINES = 20;

  private LeakReport() {}

  static String of(String bundle, List<Owned> left) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    out.print("bundle " + bundle + " stopped and left open, closed now:");
    left.stream().limit(MOST_LINES).forEach(thing -> print(thing, out));
    if (left.size() > MOST_LINES) {
      out.print(System.lineSeparator() + "  and " + (left.size() - MOST_LINES) + " more");
    }
    return text.toString();
  }

  static String describe(BufferInfo info) {
    return ByteCount.text(info.sizeBytes)
        + " of heap "
        + info.heap
        + (info.label.isEmpty() ? "" : " \"" + info.label + "\"")
        + ", open for "
        + info.ageMillis / 1000
        + " s";
  }

  private static void print(Owned thing, PrintWriter out) {
    out.print(System.lineSeparator() + "  " + thing.describe());
    if (thing.openedAt() != null) {
      for (StackTraceElement frame : thing.openedAt().getStackTrace()) {
        out.print(System.lineSeparator() + "    at " + frame);
      }
    }
  }
}
