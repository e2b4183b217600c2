// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;

/** Several threads at once do no harm. */
final class Races {
  private static final int THREADS = 8;

  private Races() {}

  static void closes(Trial t) throws Exception {
    DmaBuf canary = t.allocate(Trial.SMALL);
    t.memory.fill(canary, 0xca);
    int before = Books.own(t.target).size();
    for (int round = 0; round < 32; round++) {
      DmaBuf buffer = t.allocate(Trial.SMALL);
      t.memory.fill(buffer, 0xdd);
      Crew.work(THREADS, member -> buffer.close());
      Expect.equal("handles in the books:", before, Books.own(t.target).size());
      distinctPair(t);
    }
    t.memory.expect(canary, 0xca);
  }

  /** Memory that was freed twice would now be given out twice. */
  private static void distinctPair(Trial t) throws HeapException {
    List<DmaBuf> pair = t.allocate(2, Trial.SMALL);
    for (int i = 0; i < pair.size(); i++) {
      t.memory.fill(pair.get(i), i + 1);
    }
    for (int i = 0; i < pair.size(); i++) {
      t.memory.expect(pair.get(i), i + 1);
    }
    pair.forEach(DmaBuf::close);
  }

  static void allocations(Trial t) throws Exception {
    int rounds = Math.max(4, t.target.options().rounds() / 32);
    AtomicInteger refused = new AtomicInteger();
    Crew.work(THREADS, member -> refused.addAndGet(allocate(t.target, member + 1, rounds)));
    if (refused.get() > 0) {
      t.note("no room for " + refused + " of " + THREADS * rounds * 3 + " buffers");
    }
  }

  /** Allocates round after round; returns how often there was no room. */
  private static int allocate(Target target, int value, int rounds) throws Exception {
    int refused = 0;
    try (Trial own = new Trial(target)) {
      for (int i = 0; i < rounds; i++) {
        for (int size : List.of(Trial.SMALL, Trial.MEDIUM, Trial.SMALL)) {
          refused += oneOrRefused(own, size, value);
        }
      }
    }
    return refused;
  }

  private static int oneOrRefused(Trial own, int size, int value) throws HeapException {
    try (DmaBuf buffer = own.allocate(size)) {
      own.memory.expect(buffer, 0, size, 0);
      own.memory.fill(buffer, value);
      Thread.onSpinWait();
      own.memory.expect(buffer, value);
      return 0;
    } catch (HeapException e) {
      if (Expect.wantsRoom(e)) {
        return 1;
      }
      throw e;
    }
  }
}
