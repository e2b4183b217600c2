// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.Map;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Report;
import org.dmabufheaps.conformance.Result;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The conformance kit for clients. A component of its own, so that the broker is there without the
 * bundle {@code conformance}, whose package is imported optionally.
 */
@Component(service = SelfTests.class)
public final class KitSelfTests implements SelfTests {
  private static final int ROOT = 0;

  private final ConformanceKit kit;

  /**
   * Activates.
   *
   * @param kit checks heaps
   */
  @Activate
  public KitSelfTests(@Reference ConformanceKit kit) {
    this.kit = kit;
  }

  @Override
  public Reply run(Who who, String heap) throws Failure, HeapException {
    if (who.uid() != ROOT) {
      throw Failure.of("AccessDenied", Errno.EPERM, "checking heaps is for root");
    }
    Report report;
    try {
      report = kit.check(heap, Options.standard(), Progress.NONE);
    } catch (IllegalStateException e) {
      throw Failure.of("Failed", Errno.EBUSY, "a check is under way: " + e.getMessage());
    }
    return Reply.of(
        Map.of(
            "passed",
            report.passed(),
            "checks",
            report.results().stream().map(KitSelfTests::json).toList()));
  }

  private static Map<String, Object> json(Result result) {
    return Map.of(
        "name", result.check(), "result", result.outcome().name(), "message", result.detail());
  }
}
