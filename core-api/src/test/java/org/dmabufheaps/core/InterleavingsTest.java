// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.View;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * The orders in which threads can use and close, gone through by a model checker: memory is given
 * back once, when nobody is in any more. {@code -Dinterleavings=10000} is the long form.
 */
class InterleavingsTest {
  private static final int EACH = Integer.getInteger("interleavings", 100);

  private static void check(Class<?> operations) {
    new ModelCheckingOptions()
        .iterations(5)
        .invocationsPerIteration(EACH)
        .threads(2)
        .actorsBefore(0)
        .actorsAfter(0)
        .actorsPerThread(2)
        .check(operations);
  }

  private static void expect(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }

  @Test
  void theLastToLeaveReleasesAndNobodyEntersAfterThat() {
    check(Uses.class);
  }

  @Test
  void aViewIsRetiredOnceHoweverItEnds() {
    check(Views.class);
  }

  /** A thing with an owner, as a buffer is. */
  public static final class Uses {
    private final UseCount count = new UseCount();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private volatile boolean released;

    /** A call on some handle. */
    @Operation
    public void use() {
      if (count.enter()) {
        try {
          expect(!released, "released memory is used");
        } finally {
          leave(count.exit());
        }
      }
    }

    /** The handle is closed. */
    @Operation
    public void close() {
      if (open.compareAndSet(true, false) && !leave(count.exitIfAlone())) {
        leave(count.exit());
      }
    }

    private boolean leave(boolean last) {
      if (last) {
        expect(!released, "released twice");
        released = true;
      }
      return last;
    }

    /** Whatever came of it. */
    @Validate
    public void isReleasedWhenClosed() {
      expect(released != open.get(), "released " + released + ", open " + open);
    }
  }

  /** A handle's view, which is read, closed, and handed to the heap. */
  public static final class Views {
    private final FakeView heaps = new FakeView();
    private final MappedView view;

    /** Maps. */
    public Views() throws HeapException {
      view = MappedView.of(heaps, FakeView.BYTES, null);
    }

    /** Reads. */
    @Operation
    public void read() {
      view.bytes(0, 1);
    }

    /** The handle is closed. */
    @Operation
    public void close() {
      view.close();
    }

    /** The last handle is closed: the heap gets the view, unless somebody has it still. */
    @Operation
    public void surrender() {
      View last = view.surrender();
      if (last != null) {
        last.retire();
      }
    }

    /** Whatever came of it. */
    @Validate
    public void isRetiredOnce() {
      int shut = view.bytes(0, 1) == null ? 1 : 0;
      expect(heaps.retired.get() == shut, "retired " + heaps.retired + " times");
    }
  }

  private static final class FakeView implements View {
    static final int BYTES = 8;

    final AtomicInteger retired = new AtomicInteger();

    @Override
    public ByteBuffer bytes(long offset, int length) {
      return ByteBuffer.allocate(length);
    }

    @Override
    public void retire() {
      retired.incrementAndGet();
    }
  }
}
