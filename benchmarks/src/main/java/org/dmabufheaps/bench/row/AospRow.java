// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Source;

/**
 * What Android's dmabuf_heap_bench does: 5,000 times allocate and close, of 4 KiB, 1 MiB, 8 MiB and
 * 32 MiB, without looking at the memory. The kernel's ioctl from C beside Java; where there is no
 * dma-heap device, populated memfds from C.
 */
public final class AospRow implements Row {
  /** Its name. */
  public static final String NAME = "aosp";

  private static final List<Long> SIZES = List.of(Sizes.B4K, Sizes.B1M, 8L << 20, 32L << 20);
  private static final int ROUNDS = 5;
  private static final int EACH = 1000;
  private static final int EACH_QUICK = 10;
  private static final Path DEVICE = Path.of("/dev/dma_heap/system");

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series of means. */
  public static Key key(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "ns, mean");
  }

  @Override
  public void run(Bench bench) throws IOException {
    FloorKind kind = FloorKind.DMA_HEAP;
    if (!Files.isReadable(DEVICE)) {
      kind = FloorKind.POPULATE_WRITE;
      bench.results().leaveOut(NAME + " of " + DEVICE + ": not there; memfds instead");
    }
    int each = bench.options().quick() ? EACH_QUICK : EACH;
    for (long size : SIZES) {
      bench.say(NAME + ", " + Sizes.name(size));
      bench.floor().time(kind, size, 1, EACH_QUICK);
      for (String subject : Subjects.product(bench)) {
        java(bench, subject, size, each);
      }
      for (int round = 0; round < ROUNDS; round++) {
        round(bench, kind, size, each);
      }
    }
    bench.floor().trim();
  }

  private static void round(Bench bench, FloorKind kind, long size, int each) throws IOException {
    bench.control(NAME);
    long[] ns = bench.floor().time(kind, size, each, 1);
    bench.add(key(kind.title(), size), (double) ns[0] / each);
    for (String subject : Subjects.product(bench)) {
      bench.add(key(subject, size), java(bench, subject, size, each));
    }
  }

  private static double java(Bench bench, String subject, long size, int each) throws IOException {
    try (Source source = Subjects.open(bench, subject)) {
      long begun = System.nanoTime();
      for (int i = 0; i < each; i++) {
        source.allocate(0, 1, size);
        source.free(0, 1);
      }
      double mean = (double) (System.nanoTime() - begun) / each;
      source.settle(0);
      return mean;
    }
  }
}
