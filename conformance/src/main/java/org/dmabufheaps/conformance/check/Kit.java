// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Report;
import org.dmabufheaps.conformance.Result;

/** Runs the catalogue on a heap. */
final class Kit implements ConformanceKit {
  private static final String INTERRUPTED = "interrupted";

  private final AllocationService service;
  private final HeapRegistry registry;
  private final Supplier<FdSockets> sockets;
  private final ProcessFacts facts;
  private final long ownerId;
  private final AtomicBoolean atWork = new AtomicBoolean();

  Kit(
      AllocationService service,
      HeapRegistry registry,
      Supplier<FdSockets> sockets,
      ProcessFacts facts,
      long ownerId) {
    this.service = service;
    this.registry = registry;
    this.sockets = sockets;
    this.facts = facts;
    this.ownerId = ownerId;
  }

  @Override
  public List<String> checks() {
    return Catalogue.CHECKS.stream().map(Check::name).toList();
  }

  @Override
  public Report check(String heap, Options options, Progress progress) throws HeapException {
    List<Check> checks = picked(options.only());
    if (!atWork.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "a heap is being checked already; try again when that has ended");
    }
    try {
      HeapInfo info = new HeapChoice(registry).choose(heap);
      Target target = new Target(info.name, service, registry, sockets, facts, ownerId, options);
      return new Report(info.name, info.backing, info.exports, runAll(checks, target, progress));
    } finally {
      atWork.set(false);
    }
  }

  private static List<Check> picked(String text) {
    List<Check> checks =
        Catalogue.CHECKS.stream().filter(check -> check.name().contains(text)).toList();
    if (checks.isEmpty()) {
      throw new IllegalArgumentException("no check has \"" + text + "\" in its name");
    }
    return checks;
  }

  private static List<Result> runAll(List<Check> checks, Target target, Progress progress) {
    Runner runner = new Runner(target);
    List<Result> results = new ArrayList<>();
    String obstacle = "";
    for (Check check : checks) {
      progress.started(check.name());
      Result result = obstacle.isEmpty() ? run(runner, check) : skipped(check, obstacle);
      obstacle = obstacle.isEmpty() ? obstacle(runner, result) : obstacle;
      results.add(result);
      progress.finished(result);
    }
    return results;
  }

  private static Result run(Runner runner, Check check) {
    try {
      return runner.run(check);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Result(check.name(), Outcome.FAIL, INTERRUPTED, Duration.ZERO);
    }
  }

  /** Says why the checks that follow can't be run; empty when they can. */
  private static String obstacle(Runner runner, Result result) {
    if (result.detail().equals(INTERRUPTED)) {
      return INTERRUPTED;
    }
    if (runner.stuck()) {
      return "a check before this one did not return: " + result.check();
    }
    boolean none = result.outcome() == Outcome.FAIL && result.check().equals(Catalogue.FIRST);
    return none ? "no buffer can be had" : "";
  }

  private static Result skipped(Check check, String reason) {
    return new Result(check.name(), Outcome.SKIP, reason, Duration.ZERO);
  }
}
