// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Report;
import org.dmabufheaps.conformance.Result;

/** A kit that finds what a test tells it to. */
final class FakeKit implements ConformanceKit {
  final Map<String, Outcome> outcomes = new TreeMap<>();
  Options asked;

  @Override
  public Report check(String heap, Options options, Progress progress) throws HeapException {
    asked = options;
    if (!outcomes.containsKey(heap)) {
      throw new HeapException("checking heap " + heap + ": there is none", Errno.ENODEV);
    }
    List<Result> results = new ArrayList<>();
    results.add(new Result("memory is zero", Outcome.PASS, "", Duration.ofMillis(12)));
    Outcome second = outcomes.get(heap);
    String detail = second == Outcome.PASS ? "" : "expected 0x00; saw\n0xaa";
    results.add(new Result("buffers are apart", second, detail, Duration.ofMillis(1230)));
    results.removeIf(result -> !result.check().contains(options.only()));
    results.forEach(progress::finished);
    return new Report(heap, "memfd", "memfd", results);
  }

  @Override
  public List<String> checks() {
    return List.of("memory is zero", "buffers are apart");
  }
}
