// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Source;

/**
 * A closed loop on one thread: allocate, view, write to each page, close, without a pause. What the
 * background can't keep up with is in it. And what a buffer costs of all CPUs.
 */
public final class SustainedRow implements Row {
  /** Its name. */
  public static final String NAME = "sustained";

  private static final List<Long> SIZES =
      List.of(Sizes.B4K, Sizes.B64K, Sizes.B1M, Sizes.NV12, Sizes.RGBA, Sizes.RGBA_4K);

  private static final long WINDOW_NANOS = 250_000_000;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** The same memory is not written by the loop twice within so many buffers. */
  private static final int LIVE = 4;

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series of buffers per second. */
  public static Key rate(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "buffers/s");
  }

  /** Names the series of CPU time for each buffer, of all threads. */
  public static Key cpu(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "CPU ns/buffer");
  }

  @Override
  public void run(Bench bench) throws IOException {
    for (long size : bench.options().sizes(SIZES)) {
      bench.say(NAME + ", " + Sizes.name(size));
      List<String> subjects = new ArrayList<>(Subjects.product(bench));
      subjects.add(Subjects.DIRECT);
      subjects.add(Subjects.NETTY_ZERO);
      for (String subject : subjects) {
        window(bench, subject, size, null);
        bench.results().declare(rate(subject, size));
      }
      for (int round = 0; round < bench.options().rounds(); round++) {
        round(bench, subjects, size);
      }
    }
    bench.floor().trim();
  }

  private static void round(Bench bench, List<String> subjects, long size) throws IOException {
    bench.control(NAME);
    Collections.shuffle(subjects, bench.random());
    for (String subject : subjects) {
      window(bench, subject, size, subject);
    }
  }

  /** One window; the figures go to a subject's series, or nowhere while that warms up. */
  private static void window(Bench bench, String subject, long size, String series)
      throws IOException {
    Source source = subject.equals(Subjects.DIRECT) ? null : Subjects.open(bench, subject);
    long cpu = SYSTEM.getProcessCpuTime();
    long begun = System.nanoTime();
    long count =
        source == null
            ? bench.floor().loop(FloorKind.DIRECT, size, WINDOW_NANOS)
            : loop(new Use(bench.random(), LIVE), source, size, begun + WINDOW_NANOS);
    long nanos = System.nanoTime() - begun;
    if (source != null) {
      // The background's part of these buffers counts as CPU, not as time.
      source.settle(0);
      source.close();
    }
    cpu = SYSTEM.getProcessCpuTime() - cpu;
    if (series != null) {
      bench.add(rate(series, size), count * 1e9 / nanos);
      bench.add(cpu(series, size), (double) cpu / count);
    }
  }

  private static long loop(Use use, Source source, long size, long until) throws IOException {
    long count = 0;
    while (System.nanoTime() < until) {
      source.allocate(0, 1, size);
      use.touch(source, 0);
      source.free(0, 1);
      count++;
    }
    return count;
  }
}
