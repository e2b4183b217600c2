// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;

/** Memory comes zeroed, and belongs to one buffer. */
final class Contents {
  private static final List<Integer> SIZES = List.of(Trial.SMALL, Trial.MEDIUM, Trial.LARGE);

  private Contents() {}

  static void zeroOnArrival(Trial t) throws HeapException {
    for (int size : SIZES) {
      t.memory.expect(t.allocate(1, size).get(0), 0, size, 0);
    }
  }

  static void zeroTail(Trial t) throws Exception {
    long page = t.target.facts().pageSize();
    for (long size : List.of(1L, page, page + 1, 3 * page - 1, Trial.MEDIUM + 1L)) {
      for (int round = 0; round < 8; round++) {
        try (DmaBuf buffer = t.allocate(1, size).get(0)) {
          t.memory.expect(buffer, size, buffer.size(), 0);
          t.memory.fill(buffer, 0xaa);
        }
      }
    }
  }

  /** As AOSP's test "Zeroed": sixteen buffers are dirtied and freed. */
  static void zeroAfterReuse(Trial t) throws HeapException {
    for (int size : SIZES) {
      for (int round = 0; round < 2; round++) {
        dirtyAndFree(t, 16, size, 0xaa);
        expectZero(t, 16, size);
      }
    }
  }

  static void smallOnesComeBackZero(Trial t) throws HeapException {
    dirtyAndFree(t, 32, Trial.SMALL, 0xff);
    expectZero(t, 32, Trial.SMALL);
  }

  static void largeOnesComeBackZero(Trial t) throws HeapException {
    dirtyAndFree(t, 32, Trial.LARGE, 0xff);
    expectZero(t, 32, Trial.LARGE);
  }

  private static void dirtyAndFree(Trial t, int count, int size, int value) throws HeapException {
    List<DmaBuf> buffers = t.allocate(count, size);
    for (DmaBuf buffer : buffers) {
      t.memory.fill(buffer, value);
    }
    buffers.forEach(DmaBuf::close);
  }

  private static void expectZero(Trial t, int count, int size) throws HeapException {
    List<DmaBuf> buffers = t.allocate(count, size);
    for (DmaBuf buffer : buffers) {
      t.memory.expect(buffer, 0, size, 0);
    }
    buffers.forEach(DmaBuf::close);
  }

  static void distinct(Trial t) throws HeapException {
    List<DmaBuf> live = new ArrayList<>(t.allocate(16, Trial.SMALL));
    for (int i = live.size() - 1; i >= 0; i -= 2) {
      live.remove(i).close();
    }
    live.addAll(t.allocate(16, Trial.SMALL));
    live.addAll(t.allocate(4, Trial.MEDIUM));
    for (int i = 0; i < live.size(); i++) {
      t.memory.fill(live.get(i), i + 1);
    }
    for (int i = 0; i < live.size(); i++) {
      t.memory.expect(live.get(i), i + 1);
    }
  }
}
