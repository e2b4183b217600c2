// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Source;

/** The Java heap that an allocation and its close leave to the garbage collector. */
public final class GarbageRow implements Row {
  /** Its name. */
  public static final String NAME = "garbage";

  private static final List<Long> SIZES = List.of(Sizes.B4K, Sizes.B1M);
  private static final int WARM = 3_000;
  private static final int COUNT = 2_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series. */
  public static Key key(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "bytes/buffer");
  }

  @Override
  public void run(Bench bench) throws IOException {
    bench.say(NAME);
    List<String> subjects = new ArrayList<>(Subjects.product(bench));
    subjects.addAll(Subjects.peers());
    for (long size : bench.options().sizes(SIZES)) {
      for (String subject : subjects) {
        try (Source source = Subjects.open(bench, subject)) {
          count(source, size, bench.options().quick() ? 10 : WARM, false);
          int count = bench.options().quick() ? 10 : COUNT;
          bench.add(key(subject, size), count(source, size, count, false));
          bench.add(key(subject + ", viewed", size), count(source, size, count, true));
          source.settle(0);
        }
      }
    }
  }

  private static double count(Source source, long size, int count, boolean view)
      throws IOException {
    int burst = BurstCell.burstOf(size);
    long bytes = 0;
    int done = 0;
    while (done < count) {
      source.settle(burst * size);
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < burst; i++) {
        source.allocate(0, 1, size);
        if (view) {
          source.view(0);
          source.endView(0);
        }
        source.free(0, 1);
      }
      bytes += THREADS.getCurrentThreadAllocatedBytes() - before;
      done += burst;
    }
    return (double) bytes / done;
  }
}
