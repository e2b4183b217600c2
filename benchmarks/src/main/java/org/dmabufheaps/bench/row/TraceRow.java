// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;
import org.dmabufheaps.bench.trace.Event;
import org.dmabufheaps.bench.trace.FrameTrace;

/** The frame trace at its own speed, through each allocator, and through none as the control. */
public final class TraceRow implements Row {
  /** Its name. */
  public static final String NAME = "trace";

  /** The control: the trace with nothing allocated. */
  public static final String EMPTY = "empty";

  private static final int LIVE = 100;
  private static final String POOL_PID = "org.dmabufheaps.pagepool";
  private static final String MAX_AGE = "max.age.millis";
  private static final int WARM_SECONDS = 2;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @Override
  public String name() {
    return NAME;
  }

  /** Names a series of this row. */
  public static Key key(String subject, String unit) {
    return new Key(NAME, subject, 0, unit);
  }

  @Override
  public void run(Bench bench) throws IOException {
    int seconds = bench.options().trace();
    List<Event> events = FrameTrace.generate(bench.options().seed(), seconds);
    Path csv = bench.options().results().resolve("raw/trace.csv");
    try (BufferedWriter out = Files.newBufferedWriter(csv)) {
      FrameTrace.write(events, out);
    }
    bench.say(NAME + ": " + events.size() / 2 + " buffers in " + seconds + " s, " + csv);
    List<String> subjects =
        new ArrayList<>(
            List.of(
                EMPTY,
                Subjects.DIRECT,
                Subjects.POPULATE_WRITE,
                Subjects.SHM,
                Subjects.JDK,
                Subjects.NETTY_ZERO));
    subjects.addAll(Subjects.product(bench));
    double empty = 0;
    for (String subject : subjects) {
      bench.say(NAME + ", " + subject);
      Double cpu = replay(bench, subject, events, empty);
      empty = subject.equals(EMPTY) ? cpu : empty;
    }
  }

  /** Returns the CPU time of all threads, in milliseconds for each second. */
  private static double replay(Bench bench, String subject, List<Event> events, double empty)
      throws IOException {
    Source source = subject.equals(EMPTY) ? null : Subjects.open(bench, subject);
    Use use = new Use(bench.random(), LIVE);
    warm(bench, source, use);
    Replay replay = new Replay(source, use, null);
    long cpu = SYSTEM.getProcessCpuTime();
    long begun = System.nanoTime();
    replay.run(events);
    double seconds = (System.nanoTime() - begun) / 1e9;
    double perSecond = (SYSTEM.getProcessCpuTime() - cpu) / 1e6 / seconds;
    bench.add(key(subject, "CPU ms/s"), perSecond);
    bench.count(key(subject, "late"), replay.late());
    bench.add(key(subject, "seconds"), seconds);
    if (source != null) {
      bench.add(key(subject, "CPU ms/s, net"), Math.max(0.1, perSecond - empty));
      Percentiles.report(bench, NAME, subject + ", steady allocate", 0, replay.steady());
      bench.count(key(subject, "checked"), use.checked());
      source.close();
    }
    if (subject.equals(Subjects.POOLED)) {
      observe(bench, subject, events);
      observeAgeing(bench, subject, events);
    }
    return perSecond;
  }

  /** Compiles what is going to run, on a trace of its own. */
  private static void warm(Bench bench, Source source, Use use) throws IOException {
    new Replay(source, use, null)
        .run(FrameTrace.generate(bench.options().seed() + 1, WARM_SECONDS));
    if (source != null) {
      source.settle(0);
    }
  }

  /** Once more, with a look at the books at each buffer, which would cost CPU time above. */
  private static void observe(Bench bench, String subject, List<Event> events) throws IOException {
    Client client = bench.pooled();
    try (Source source = client.source()) {
      Replay replay = new Replay(source, new Use(bench.random(), LIVE), client::books);
      replay.run(events);
      bench.add(key(subject, "hit share of bytes"), replay.hitShare());
      if (!Double.isNaN(replay.steadyHitShare())) {
        bench.add(key(subject, "hit share of bytes, steady"), replay.steadyHitShare());
      }
      bench.add(key(subject, "held/live bytes"), replay.footprint());
      bench.add(key(subject, "waste of bytes"), replay.waste());
      bench.count(key(subject, "pooled bytes at the end"), client.books().pooled());
    }
  }

  /** Once more, with a pool in which memory grows old sooner. */
  private static void observeAgeing(Bench bench, String subject, List<Event> events)
      throws IOException {
    Client client = bench.pooled();
    client.configure(POOL_PID, Map.of(MAX_AGE, "1000"));
    try (Source source = client.source()) {
      Replay replay = new Replay(source, new Use(bench.random(), LIVE), client::books);
      replay.run(events);
      bench.add(key(subject, "held/live bytes, 1 s"), replay.footprint());
      bench.add(key(subject, "hit share of bytes, 1 s"), replay.hitShare());
    } finally {
      client.configure(POOL_PID, Map.of(MAX_AGE, "5000"));
    }
  }
}
