// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.util.Locale;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Result;

/** Prints a line for each check when it has ended. */
final class ProgressLines implements Progress {
  private final int total;
  private final PrintStream out;
  private int done;

  ProgressLines(int total, PrintStream out) {
    this.total = total;
    this.out = out;
  }

  @Override
  public void finished(Result result) {
    done++;
    out.println(
        String.format(
            Locale.ROOT,
            "%3d/%d %s %s (%d ms)",
            done,
            total,
            result.outcome(),
            result.check(),
            result.took().toMillis()));
    if (result.outcome() != Outcome.PASS || !result.detail().isEmpty()) {
      out.println("            " + result.detail().replaceAll("\\p{Cntrl}+", " "));
    }
    out.flush();
  }
}
