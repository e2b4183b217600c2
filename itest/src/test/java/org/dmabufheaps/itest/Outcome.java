// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.List;
import java.util.concurrent.Callable;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * What came of a call.
 *
 * @param <T> what it returns
 * @param result null when it threw
 * @param thrown null when it did not
 */
record Outcome<T>(T result, Exception thrown) {

  /** Calls. */
  static <T> Outcome<T> of(Callable<T> call) {
    try {
      return new Outcome<>(call.call(), null);
    } catch (Exception e) {
      return new Outcome<>(null, e);
    }
  }

  boolean failed() {
    return thrown != null;
  }

  /** What may come of a call; success when nothing must be thrown. */
  record Expected(boolean success, List<Class<?>> misuse, List<Errno> errnos) {
    static final Expected SUCCESS = new Expected(true, List.of(), List.of());
    static final Expected CLOSED =
        new Expected(false, List.of(BufferClosedException.class), List.of());
    static final Expected MISUSE =
        new Expected(false, List.of(IllegalArgumentException.class), List.of());

    static Expected refused(Errno... errnos) {
      return new Expected(false, List.of(), List.of(errnos));
    }

    static Expected eitherOr(Errno... errnos) {
      return new Expected(true, List.of(), List.of(errnos));
    }

    /** The refusal that comes when what is expected here would be success. */
    Expected or(Errno errno) {
      return success ? refused(errno) : this;
    }

    void check(Outcome<?> outcome, ModelTally tally) {
      if (outcome.thrown == null ? success : matches(outcome.thrown)) {
        if (outcome.thrown != null) {
          tally.count("refused");
        }
        return;
      }
      throw new AssertionError("not " + this + ", but " + outcome, outcome.thrown);
    }

    private boolean matches(Exception thrown) {
      return thrown instanceof HeapException refused
          ? errnos.stream().anyMatch(errno -> errno.is(refused))
          : misuse.contains(thrown.getClass());
    }
  }
}
