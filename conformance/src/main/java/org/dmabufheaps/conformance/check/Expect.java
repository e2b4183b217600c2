// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.conformance.check.Check.Failed;

/** Compares what was seen with what was promised. */
final class Expect {
  private Expect() {}

  /** An operation that may throw anything. */
  @FunctionalInterface
  interface Operation {
    /** Does it. */
    void run() throws Exception;
  }

  static void that(boolean holds, String expected, String seen) {
    if (!holds) {
      throw new Failed(expected, seen);
    }
  }

  static void equal(String what, Object expected, Object seen) {
    that(expected.equals(seen), what + " " + expected, String.valueOf(seen));
  }

  /** Expects an exception of a type, and returns it. */
  static <X extends Throwable> X refused(Class<X> type, String what, Operation operation) {
    try {
      operation.run();
    } catch (Throwable seen) {
      if (type.isInstance(seen)) {
        return type.cast(seen);
      }
      throw new Failed(type.getSimpleName() + " from " + what, brief(seen));
    }
    throw new Failed(type.getSimpleName() + " from " + what, "success");
  }

  static void quietly(String what, Operation operation) {
    try {
      operation.run();
    } catch (Throwable seen) {
      throw new Failed(what + " not to throw", brief(seen));
    }
  }

  /** Whether a heap may say no for want of room, rather than for a fault. */
  static boolean wantsRoom(HeapException refusal) {
    return switch (refusal.errnoName()) {
      case "ENOMEM", "EDQUOT", "ENOSPC", "EFBIG", "EINVAL", "EOVERFLOW" -> true;
      default -> false;
    };
  }

  static String brief(Throwable t) {
    return t.getClass().getSimpleName() + (t.getMessage() == null ? "" : ": " + t.getMessage());
  }
}
