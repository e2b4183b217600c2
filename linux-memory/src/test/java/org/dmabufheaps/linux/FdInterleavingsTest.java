// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * The orders in which threads can use a descriptor and close it, gone through by a model checker:
 * {@code close(2)} comes once, after the last use. {@code -Dinterleavings=10000} is the long form.
 */
class FdInterleavingsTest {
  private static final int EACH = Integer.getInteger("interleavings", 100);

  @Test
  void noCallMeetsANumberThatWasClosed() {
    new ModelCheckingOptions()
        .iterations(5)
        .invocationsPerIteration(EACH)
        .threads(2)
        .actorsBefore(0)
        .actorsAfter(0)
        .actorsPerThread(2)
        .check(Descriptor.class);
  }

  private static void expect(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }

  /** A descriptor that two threads have. */
  public static final class Descriptor {
    private static final int NUMBER = 1_000_000;

    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger owned = new AtomicInteger(1);
    private final Fd.State state = new Fd.State(number -> closed.incrementAndGet(), NUMBER);

    /** A system call. */
    @Operation
    public void use() {
      if (state.acquire()) {
        expect(closed.get() == 0, "a call on a number that was closed");
        state.release();
      }
    }

    /** Its owner closes it, once more, too. */
    @Operation
    public void close() {
      owned.set(0);
      state.close();
    }

    /** Whatever came of it. */
    @Validate
    public void isClosedOnceWhenItsOwnerCloses() {
      expect(closed.get() == 1 - owned.get(), "closed " + closed + " times");
    }
  }
}
