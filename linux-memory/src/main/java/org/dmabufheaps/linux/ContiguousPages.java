// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.HeapException;

/**
 * Huge pages of a memfd that are one physical range.
 *
 * <p>A udmabuf over all of them keeps the kernel from moving them. It is no other's: what {@code
 * count} says of the udmabuf of a slice is not changed by it.
 *
 * @param layout the pages in their physical order
 * @param pins keep them where they are
 */
record ContiguousPages(FileLayout layout, List<Fd> pins) {

  /** Takes the longest physical range that a memfd has, and gives its other pages back. */
  static ContiguousPages of(Kernel kernel, Fd memfd, long bytes, long pageBytes)
      throws HeapException {
    // What is pinned does not move any more, so it is looked at after that.
    List<Fd> all = pin(kernel, memfd, FileLayout.straight(0, bytes, pageBytes));
    try {
      int count = Math.toIntExact(bytes / pageBytes);
      long[] frames = frames(kernel, memfd, count, pageBytes);
      List<Integer> run = PageFrames.longestRun(frames, pageBytes / kernel.pageSize());
      List<Long> blocks = run.stream().map(block -> block * pageBytes).toList();
      FileLayout layout = new FileLayout(run.size() * pageBytes, pageBytes, 0, blocks);
      List<Fd> pins = pin(kernel, memfd, layout);
      all.forEach(Fd::close);
      all.clear();
      giveBackOthers(kernel, memfd, blocks, bytes, pageBytes);
      return new ContiguousPages(layout, pins);
    } finally {
      all.forEach(Fd::close);
    }
  }

  private static long[] frames(Kernel kernel, Fd memfd, int count, long pageBytes)
      throws HeapException {
    long bytes = count * pageBytes;
    long address = memfd.call(n -> Mmap.shared(kernel.sys(), n, bytes, true));
    Call.check(address, "mapping huge pages");
    try {
      // Each is looked at through this mapping, and so is present in it.
      Memfd.populate(kernel, memfd, address, List.of(new Range(0, bytes)), "memfd of huge pages");
      return PageFrames.of(kernel, address, count, pageBytes);
    } finally {
      Mmap.giveBack(kernel, address, bytes);
    }
  }

  /** Makes udmabufs of all, each as large as the module allows. */
  private static List<Fd> pin(Kernel kernel, Fd memfd, FileLayout layout) throws HeapException {
    long most = Udmabuf.maxBytes();
    long step = Math.max(layout.blockBytes(), most - most % layout.blockBytes());
    List<Fd> pins = new ArrayList<>();
    boolean done = false;
    try {
      for (long at = 0; at < layout.bytes(); at += step) {
        Range part = new Range(at, Math.min(step, layout.bytes() - at));
        pins.add(Udmabuf.createList(kernel, memfd, layout.pieces(List.of(part))));
      }
      done = true;
      return pins;
    } finally {
      if (!done) {
        pins.forEach(Fd::close);
      }
    }
  }

  private static void giveBackOthers(
      Kernel kernel, Fd memfd, List<Long> blocks, long bytes, long pageBytes) throws HeapException {
    for (long block = 0; block < bytes; block += pageBytes) {
      if (!blocks.contains(block)) {
        Memfd.punch(kernel, memfd, new Range(block, pageBytes), "memfd of huge pages");
      }
    }
  }
}
