// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.List;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** What was taken is given back. */
final class Leaks {
  private static final int ROUNDS = 64;
  private static final int FEWEST_ROUNDS = 16;

  private Leaks() {}

  static void close(Trial t) throws Exception {
    useAndClose(t, ROUNDS / 4);
    Books books = Books.open(t.target);
    useAndClose(t, ROUNDS);
    books.expectBalance(ROUNDS);
  }

  private static void useAndClose(Trial t, int rounds) throws HeapException {
    boolean exports = !t.target.info().exports.equals("none");
    for (int i = 0; i < rounds; i++) {
      try (DmaBuf buffer = t.allocate(Trial.SMALL)) {
        t.memory.fill(buffer, 0x0f);
        if (exports) {
          exportAndClose(buffer);
        }
      }
    }
  }

  private static void exportAndClose(DmaBuf buffer) throws HeapException {
    try (OwnedFd fd = buffer.exportFd()) {
      Expect.that(fd.fd() >= 0, "a descriptor", Integer.toString(fd.fd()));
    }
  }

  static void refusal(Trial t) throws Exception {
    DmaBuf closed = t.allocate(Trial.SMALL);
    closed.close();
    long most = t.target.info().maxBytes;
    Books books = Books.open(t.target);
    for (int i = 0; i < ROUNDS; i++) {
      if (most < Trial.HUGE) {
        Expect.refused(Exception.class, "more than it has", () -> t.allocate(most + 1));
      }
      Expect.refused(Exception.class, "no size", () -> t.allocate(0));
      if (t.target.refuses(Trial.HUGE)) {
        Expect.refused(HeapException.class, "1 PiB", () -> t.allocate(Trial.HUGE));
      }
      Expect.refused(Exception.class, "a closed handle", () -> t.keep(closed.exportFd()));
      Expect.refused(
          HeapException.class,
          "a descriptor that isn't open",
          () -> t.keep(t.target.service().importFd(Integer.MAX_VALUE)));
    }
    books.expectBalance(ROUNDS);
    t.memory.expect(t.allocate(Trial.SMALL), 0);
  }

  /**
   * As AOSP's test "RepeatedAllocate". A slow heap gets fewer rounds: the check is on leaks, and
   * half of its time is left for what frees later.
   */
  static void repeated(Trial t) throws Exception {
    List<Integer> sizes = List.of(Trial.SMALL, Trial.MEDIUM, Trial.LARGE, 2 * Trial.LARGE);
    long nanosPerSize = t.target.options().limitPerCheck().toNanos() / 2 / sizes.size();
    for (int size : sizes) {
      if (size > t.target.largestBytes()) {
        t.note(size + " bytes not tried");
        continue;
      }
      repeated(t, size, System.nanoTime() + nanosPerSize);
    }
  }

  private static void repeated(Trial t, int size, long deadline) throws Exception {
    int rounds = t.target.options().rounds();
    allocateAndClose(t, FEWEST_ROUNDS, size, deadline);
    Books books = Books.open(t.target);
    int done = allocateAndClose(t, rounds, size, deadline);
    books.expectBalance(done);
    if (done < rounds) {
      t.note("time for " + done + " of " + rounds + " rounds of " + size + " bytes");
    }
  }

  /** Returns how many rounds there was time for. */
  private static int allocateAndClose(Trial t, int rounds, long size, long deadline)
      throws HeapException {
    int done = 0;
    while (done < rounds && (done < FEWEST_ROUNDS || System.nanoTime() - deadline < 0)) {
      t.allocate(size).close();
      done++;
    }
    return done;
  }
}
