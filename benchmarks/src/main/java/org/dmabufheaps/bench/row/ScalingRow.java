// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.report.Stats;

/**
 * One thread, then two at the same time, each on a CPU of its own, in short windows that count only
 * when neither was interrupted. The figure is how much more two do.
 */
public final class ScalingRow implements Row {
  /** Its name. */
  public static final String NAME = "scaling";

  /** The control: work for the CPU alone. */
  public static final String SPIN = "spin";

  private static final List<Long> SIZES = List.of(Sizes.B4K, Sizes.B64K, Sizes.B1M);
  private static final int WINDOWS = 12;
  private static final int MAX_TRIES = 60;

  /** Two CPUs that are less than this are not two. */
  private static final double SPIN_AT_LEAST = 1.9;

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series of the second thread's gain. */
  public static Key key(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "times");
  }

  @Override
  public void run(Bench bench) throws IOException {
    if (Runtime.getRuntime().availableProcessors() < 2) {
      bench.results().leaveOut(NAME + ": there is one CPU");
      return;
    }
    for (long size : bench.options().sizes(SIZES)) {
      bench.say(NAME + ", " + Sizes.name(size));
      List<String> subjects = new ArrayList<>(Subjects.product(bench));
      subjects.addAll(List.of(Subjects.DIRECT, Subjects.NETTY_ZERO, Subjects.NETTY));
      try (Pair pair = new Pair(bench)) {
        for (String subject : subjects) {
          rounds(bench, pair, subject, size);
        }
      }
    }
  }

  private static void rounds(Bench bench, Pair pair, String subject, long size) throws IOException {
    pair.open(subject, size);
    pair.window(2);
    for (int round = 0; round < bench.options().rounds(); round++) {
      round(bench, pair, subject, size);
    }
    pair.closeSources();
  }

  private static void round(Bench bench, Pair pair, String subject, long size) throws IOException {
    List<Double> one = new ArrayList<>();
    List<Double> two = new ArrayList<>();
    double spin = pair.spin();
    bench.add(key(SPIN, size), spin);
    if (spin < SPIN_AT_LEAST) {
      bench.results().leaveOut(NAME + ": a round or more, since there was less than two CPUs");
      return;
    }
    int windows = bench.options().quick() ? 2 : WINDOWS;
    for (int tries = 0; tries < MAX_TRIES && two.size() < windows; tries++) {
      double single = pair.window(1);
      double both = pair.window(2);
      if (single > 0 && both > 0) {
        one.add(single);
        two.add(both);
      }
    }
    if (!two.isEmpty()) {
      bench.add(key(subject, size), median(two) / median(one));
      bench.add(new Key(NAME, subject + ", 1 thread", size, "ns"), 1e9 / median(one));
    }
  }

  private static double median(List<Double> figures) {
    return Stats.of(figures.stream().mapToDouble(Double::doubleValue).toArray()).median();
  }
}
