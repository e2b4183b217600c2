// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Result;

/** Runs a check in a thread of its own, so that a heap that blocks doesn't block the kit. */
final class Runner {
  private final Target target;
  private boolean stuck;

  Runner(Target target) {
    this.target = target;
  }

  /**
   * Runs a check.
   *
   * @throws InterruptedException when the calling thread is interrupted; the check is told to end
   */
  Result run(Check check) throws InterruptedException {
    if (Thread.interrupted()) { // FutureTask.get doesn't look when its task is done already
      throw new InterruptedException();
    }
    long start = System.nanoTime();
    AtomicReference<Trial> trial = new AtomicReference<>();
    FutureTask<String> task = new FutureTask<>(() -> body(check, trial));
    Thread thread = new Thread(task, "dmabuf-heaps check: " + check.name());
    thread.setDaemon(true);
    thread.start();
    try {
      String notes = task.get(target.options().limitPerCheck().toNanos(), TimeUnit.NANOSECONDS);
      return result(check, Outcome.PASS, notes, start);
    } catch (ExecutionException e) {
      Outcome outcome = e.getCause() instanceof Check.Skipped ? Outcome.SKIP : Outcome.FAIL;
      return result(check, outcome, detail(e.getCause()), start);
    } catch (TimeoutException e) {
      String where = where(thread.getStackTrace());
      cancel(trial.get(), thread);
      stuck = true;
      long limitMillis = target.options().limitPerCheck().toMillis();
      String detail = "expected an end within " + limitMillis + " ms; saw a call still in " + where;
      return result(check, Outcome.FAIL, detail, start);
    } catch (InterruptedException e) {
      cancel(trial.get(), thread);
      throw e;
    }
  }

  /** Tells whether a check has not returned in time. */
  boolean stuck() {
    return stuck;
  }

  private String body(Check check, AtomicReference<Trial> current) throws Exception {
    try (Trial trial = new Trial(target)) {
      current.set(trial);
      check.body().run(trial);
      return trial.notes();
    }
  }

  private static void cancel(Trial trial, Thread thread) {
    if (trial != null) {
      trial.cancel();
    }
    thread.interrupt();
  }

  private static Result result(Check check, Outcome outcome, String detail, long start) {
    return new Result(check.name(), outcome, detail, since(start));
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static String detail(Throwable cause) {
    boolean ours = cause instanceof Check.Failed || cause instanceof Check.Skipped;
    return ours ? cause.getMessage() : "saw " + Expect.brief(cause);
  }

  /** Returns the innermost frame that isn't the JDK's. */
  private static String where(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (!frame.getClassName().startsWith("java.") && !frame.getClassName().startsWith("jdk.")) {
        return frame.toString();
      }
    }
    return "its thread's start";
  }
}
