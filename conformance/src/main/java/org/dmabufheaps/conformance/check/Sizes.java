// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.conformance.check.Check.Skipped;

/** A buffer has the size that it says, and at least the one that was asked for. */
final class Sizes {
  private static final int MISUSE_ROUNDS = 100;
  private static final List<Long> BEYOND_INT =
      List.of((1L << 31) - 1, 1L << 31, (1L << 31) + 1, (1L << 32) + 16, 1L << 62);

  private Sizes() {}

  static void allocationGivesBuffer(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    Expect.equal("heap name", t.target.heap(), buffer.heap());
    Expect.that(buffer.isOpen(), "an open handle", "a closed one");
    atLeast(Trial.SMALL, buffer);
  }

  static void allReachable(Trial t) throws Exception {
    for (long size : List.of(1L, (long) Trial.SMALL, (long) Trial.MEDIUM, (long) Trial.LARGE)) {
      for (DmaBuf buffer : t.allocate(1, size)) {
        t.memory.fill(buffer, 0x5a);
        t.memory.expect(buffer, 0x5a);
      }
    }
  }

  static void constant(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.MEDIUM + 1L);
    long size = buffer.size();
    Expect.equal("size on a second call", size, buffer.size());
    if (!t.target.info().exports.equals("none")) {
      OwnedFd fd = t.export(buffer);
      Expect.equal("st_size of the descriptor, as size(),", size, t.describe(fd).size());
    }
    t.memory.fill(buffer, 1);
    Expect.equal("size after an access", size, buffer.size());
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      Expect.equal("byte buffer of", size, (long) cpu.bytes().capacity());
    }
    Expect.equal("size at the end", size, buffer.size());
  }

  static void misuse(Trial t) throws Exception {
    long before;
    long after;
    int rounds = 0;
    do {
      before = t.target.info().allocations;
      refuseMisuse(t);
      after = t.target.info().allocations;
      // Others may allocate from the heap meanwhile, but not every time.
    } while (after != before && ++rounds < MISUSE_ROUNDS);
    Expect.equal("allocations in the books", before, after);
  }

  private static void refuseMisuse(Trial t) throws Exception {
    long page = t.target.facts().pageSize();
    for (long size :
        List.of(0L, -1L, -page, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - page + 2)) {
      Expect.refused(IllegalArgumentException.class, "a size of " + size, () -> t.allocate(size));
    }
  }

  static void aroundPages(Trial t) throws Exception {
    long page = t.target.facts().pageSize();
    List<Long> sizes =
        List.of(1L, page - 1, page, page + 1, 7 * page + 1, Trial.LARGE + 1L, 2L * Trial.LARGE);
    for (long size : sizes) {
      DmaBuf buffer = t.allocate(1, size).get(0);
      usable(t, size, buffer);
      Expect.equal("a remainder by the page size of", 0L, buffer.size() % page);
      buffer.close();
    }
  }

  static void beyondInt(Trial t) throws Exception {
    for (long size : BEYOND_INT) {
      if (size > t.target.largestBytes() && !t.target.refuses(size)) {
        t.note(size + " bytes not tried, more than " + t.target.largestBytes());
        continue;
      }
      rightOrRefused(t, size);
    }
  }

  private static void rightOrRefused(Trial t, long size) throws Exception {
    try (DmaBuf buffer = t.target.service().allocate(t.target.heap(), size)) {
      usable(t, size, buffer);
      if (size > Integer.MAX_VALUE) {
        Expect.refused(IllegalStateException.class, "bytes() of " + size, () -> whole(buffer));
      }
    } catch (IllegalArgumentException refused) {
      // Too large for this heap by its very form.
    } catch (HeapException refused) {
      Expect.that(Expect.wantsRoom(refused), "a refusal for want of room", refused.getMessage());
    }
  }

  /** A view is asked for windows of its own only where one byte buffer can't reach. */
  static void windowsBeyondInt(Trial t) throws Exception {
    long size = (1L << 31) + (1L << 22);
    if (size > t.target.largestBytes() || t.target.refuses(size)) {
      throw new Skipped("a buffer of " + size + " bytes is more than may be tried here");
    }
    DmaBuf buffer = t.allocate(1, size).get(0);
    List<Long> offsets = List.of(0L, 4096L, (1L << 31) - 1, 1L << 31, (1L << 31) + 8192, size - 1);
    for (int i = 0; i < offsets.size(); i++) {
      t.memory.put(buffer, offsets.get(i), i + 1);
    }
    for (int i = 0; i < offsets.size(); i++) {
      Expect.equal("at " + offsets.get(i) + ":", i + 1, t.memory.get(buffer, offsets.get(i)));
    }
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      Expect.equal("capacity", 4096, cpu.bytes(size - 8192, 4096).capacity());
    }
  }

  private static void whole(DmaBuf buffer) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      cpu.bytes();
    }
  }

  static void huge(Trial t) throws Exception {
    if (!t.target.refuses(Trial.HUGE)) {
      throw new Skipped("neither the budget nor the heap has a limit");
    }
    HeapException refused =
        Expect.refused(HeapException.class, "1 PiB", () -> t.allocate(Trial.HUGE));
    Expect.that(Expect.wantsRoom(refused), "a refusal for want of room", refused.getMessage());
    Expect.that(
        refused.getMessage().matches("(?s).*\\d.*"),
        "a message with the budget",
        refused.getMessage());
    t.note(refused.getMessage());
  }

  private static void usable(Trial t, long asked, DmaBuf buffer) throws Exception {
    atLeast(asked, buffer);
    for (long at : List.of(0L, asked - 1, buffer.size() - 1)) {
      Expect.equal("value at " + at + " of", 0, t.memory.get(buffer, at));
      t.memory.put(buffer, at, 0x77);
      Expect.equal("value at " + at + " of", 0x77, t.memory.get(buffer, at));
      t.memory.put(buffer, at, 0);
    }
  }

  private static void atLeast(long asked, DmaBuf buffer) {
    Expect.that(buffer.size() >= asked, "at least " + asked + " bytes", buffer.size() + " bytes");
  }
}
