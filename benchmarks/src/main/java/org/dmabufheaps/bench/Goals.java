// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench;

import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.report.Goal;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.row.CallsRow;
import org.dmabufheaps.bench.row.FootprintRow;
import org.dmabufheaps.bench.row.FramesRow;
import org.dmabufheaps.bench.row.GarbageRow;
import org.dmabufheaps.bench.row.LatencyRow;
import org.dmabufheaps.bench.row.Percentiles;
import org.dmabufheaps.bench.row.ScalingRow;
import org.dmabufheaps.bench.row.ShrinkRow;
import org.dmabufheaps.bench.row.Subjects;
import org.dmabufheaps.bench.row.SustainedRow;
import org.dmabufheaps.bench.row.TraceRow;
import org.dmabufheaps.linux.MeasuredCalls;

/** What the figures are held against. All are ratios within a run, but for times of the tail. */
final class Goals {
  private final List<Goal> goals = new ArrayList<>();

  private Goals() {}

  static List<Goal> all() {
    Goals all = new Goals();
    all.hit();
    all.peers();
    all.sustained();
    all.tail();
    all.trace();
    all.misses();
    all.rest();
    return all.goals;
  }

  private void latency(String id, String over, String under, long size, double limit) {
    String text = Sizes.name(size) + ": " + over + " / " + under;
    Key above = LatencyRow.key(over, size);
    goals.add(Goal.ratioAtLeast(id, text, above, LatencyRow.key(under, size), limit));
  }

  private void hit() {
    String c = Subjects.DIRECT;
    latency("G1", c, Subjects.HIT, Sizes.B4K, 100);
    latency("G1", c, Subjects.HIT, Sizes.B64K, 20);
    latency("G1", c, Subjects.HIT, Sizes.B1M, 2_500);
    latency("G1", c, Subjects.HIT, Sizes.NV12, 7_500);
    latency("G1", c, Subjects.HIT, Sizes.RGBA, 15_000);
    latency("G1", c, Subjects.HIT, Sizes.RGBA_4K, 50_000);
  }

  private void peers() {
    latency("G2", Subjects.SHM, Subjects.HIT, Sizes.B1M, 3_000);
    for (String peer : List.of(Subjects.JDK, Subjects.NETTY_ZERO)) {
      latency("G2", peer, Subjects.HIT, Sizes.B1M, 150);
      latency("G2", peer, Subjects.HIT, Sizes.RGBA, 1_500);
    }
    latency("G2", Subjects.NETTY_ZERO, Subjects.HIT, Sizes.B4K, 2);
    for (long size : Sizes.all().values()) {
      if (size >= Sizes.B64K) {
        latency("G2", Subjects.NETTY, Subjects.HIT, size, 1.2);
      }
    }
  }

  private void sustained() {
    sustained(Sizes.B1M, 3);
    sustained(Sizes.RGBA, 4);
    sustained(Sizes.RGBA_4K, 5);
    cpu(Sizes.B4K, 60);
    cpu(Sizes.B1M, 6);
    cpu(Sizes.RGBA, 8);
  }

  private void sustained(long size, double limit) {
    goals.add(
        Goal.ratioAtLeast(
            "G3",
            Sizes.name(size) + ": buffers per second, pooled / C direct",
            SustainedRow.rate(Subjects.POOLED, size),
            SustainedRow.rate(Subjects.DIRECT, size),
            limit));
  }

  private void cpu(long size, double limit) {
    goals.add(
        Goal.ratioAtLeast(
            "G4",
            Sizes.name(size) + ": CPU for each buffer, C direct / pooled",
            SustainedRow.cpu(Subjects.DIRECT, size),
            SustainedRow.cpu(Subjects.POOLED, size),
            limit));
  }

  private void tail() {
    for (long size : List.of(Sizes.B1M, Sizes.NV12, Sizes.RGBA)) {
      frames("allocate", size, 5_000);
      frames("close", size, 10_000);
    }
    goals.add(Goal.atMost("G5", "frames: misses", FramesRow.misses(Subjects.POOLED), 0));
  }

  private void frames(String what, long size, double limit) {
    Key key = Percentiles.key(FramesRow.NAME, Subjects.POOLED + ", " + what, size, 99.9);
    goals.add(Goal.atMost("G5", Sizes.name(size) + " frames: " + what + " p99.9, ns", key, limit));
  }

  private void trace() {
    Key pooled = TraceRow.key(Subjects.POOLED, "CPU ms/s, net");
    traceCpu(Subjects.DIRECT, pooled, 7);
    traceCpu(Subjects.NETTY_ZERO, pooled, 2.2);
    Key p99 = Percentiles.key(TraceRow.NAME, Subjects.POOLED + ", steady allocate", 0, 99);
    goals.add(Goal.atMost("G6", "trace: steady allocate p99, ns", p99, 10_000));
    goals.add(
        Goal.ratioAtMost(
            "G6",
            "trace: late events, pooled / none allocated",
            TraceRow.key(Subjects.POOLED, "late"),
            TraceRow.key(TraceRow.EMPTY, "late"),
            1.1));
    Key held = TraceRow.key(Subjects.POOLED, "held/live bytes, 1 s");
    goals.add(Goal.atMost("G6", "trace: (pool + live) / live, 1 s old at most", held, 1.5));
    Key waste = TraceRow.key(Subjects.POOLED, "waste of bytes");
    goals.add(Goal.atMost("G11", "trace: waste by rounding", waste, 0.005));
    Key hits = TraceRow.key(Subjects.POOLED, "hit share of bytes");
    goals.add(Goal.atLeast("G11", "trace: hit rate of bytes", hits, 0.98));
    Key steady = TraceRow.key(Subjects.POOLED, "hit share of bytes, steady");
    goals.add(Goal.atLeast("G11", "trace: hit rate of bytes, steady", steady, 0.998));
  }

  private void traceCpu(String over, Key pooled, double limit) {
    Key above = TraceRow.key(over, "CPU ms/s, net");
    goals.add(Goal.ratioAtLeast("G6", "trace: CPU, " + over + " / pooled", above, pooled, limit));
  }

  private void misses() {
    String best = Subjects.POPULATE_WRITE;
    for (long size : Sizes.all().values()) {
      if (size != Sizes.B64K) {
        goals.add(
            Goal.ratioAtMost(
                "G7",
                Sizes.name(size) + ": fresh / " + best,
                LatencyRow.key(Subjects.FRESH, size),
                LatencyRow.key(best, size),
                size == Sizes.B4K ? 1.10 : 1.03));
      }
    }
    latency("G7", Subjects.DIRECT, Subjects.FRESH, Sizes.B1M, 1.2);
    latency("G8", Subjects.DIRECT, Subjects.DIRTY_MISS, Sizes.B1M, 7);
    latency("G8", Subjects.DIRECT, Subjects.DIRTY_MISS, Sizes.RGBA, 9);
    latency("G8", Subjects.DIRECT, Subjects.DIRTY_MISS, Sizes.RGBA_4K, 11);
  }

  private void rest() {
    for (String call : List.of("fcntl", "ioctl")) {
      goals.add(Goal.atMost("G9", call + " by JNA: ns more than in C", CallsRow.more(call), 150));
      Key product = CallsRow.more(CallsRow.by(call, MeasuredCalls.FOREIGN));
      goals.add(Goal.atMost("G9", call + " by java.lang.foreign: ns more than in C", product, 30));
    }
    goals.add(
        Goal.ratioAtMost(
            "G9",
            "begin+end of CPU access / C",
            CallsRow.key("begin+end"),
            CallsRow.key("C begin+end"),
            1.4));
    scaling(Sizes.B4K, 1.9);
    scaling(Sizes.B1M, 1.85);
    for (long size : List.of(Sizes.B1M, Sizes.NV12)) {
      String name = Sizes.name(size);
      Key live = FootprintRow.live(Subjects.POOLED, size);
      goals.add(Goal.atMost("G11", name + ": resident / requested", live, 1.01));
      Key retained = FootprintRow.retained(Subjects.POOLED, size);
      goals.add(Goal.atMost("G11", name + ": resident after trim / peak", retained, 0.01));
    }
    for (long size : List.of(Sizes.B4K, Sizes.B1M)) {
      Key garbage = GarbageRow.key(Subjects.POOLED, size);
      goals.add(Goal.atMost("G12", Sizes.name(size) + ": garbage, bytes", garbage, 48));
    }
    Key shrink = ShrinkRow.rate("shrink", Sizes.B1M);
    goals.add(Goal.atLeast("G13", "1M: given back, GB/s", shrink, 10));
    Key release = ShrinkRow.rate(FloorKind.RELEASE.title(), Sizes.B1M);
    goals.add(Goal.ratioAtLeast("G13", "1M: given back, pool / C", shrink, release, 0.95));
    Key beside = Percentiles.key(ShrinkRow.NAME, "allocate beside it", Sizes.B64K, 99);
    goals.add(Goal.atMost("G13", "allocate beside it p99, ns", beside, 5_000));
  }

  private void scaling(long size, double limit) {
    Key key = ScalingRow.key(Subjects.POOLED, size);
    goals.add(Goal.atLeast("G10", Sizes.name(size) + ": two threads / one", key, limit));
  }
}
