// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.conformance.check.Check.Skipped;

/** What is called contiguous is. */
final class Contiguity {
  private Contiguity() {}

  static void oneBlock(Trial t) throws Exception {
    if (!t.target.info().contiguous) {
      throw new Skipped("the heap doesn't claim it");
    }
    for (int size : List.of(2 * Trial.SMALL, Trial.MEDIUM, Trial.LARGE)) {
      oneBlock(t, t.allocate(1, size).get(0));
    }
  }

  private static void oneBlock(Trial t, DmaBuf buffer) throws Exception {
    long mark = ThreadLocalRandom.current().nextLong();
    int pageSize = (int) t.target.facts().pageSize();
    int pages = (int) (buffer.size() / pageSize);
    try (CpuAccess mapped = buffer.beginCpuAccess(Access.READ_WRITE)) {
      for (int page = 0; page < pages; page++) {
        t.memory.put(mapped.bytes((long) page * pageSize, 16), mark, page);
      }
      long[] frames = t.target.facts().frames(mark, pages);
      if (frames.length == 0) {
        throw new Skipped("the kernel doesn't tell page numbers here");
      }
      for (int i = 1; i < frames.length; i++) {
        Expect.equal("page " + i + " in frame", frames[0] + i, frames[i]);
      }
    }
  }
}
