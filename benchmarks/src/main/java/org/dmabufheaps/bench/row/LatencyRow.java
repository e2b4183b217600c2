// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;

/** Allocate and free, of every subject and size, side by side. */
public final class LatencyRow implements Row {
  /** Its name. */
  public static final String NAME = "latency";

  private static final List<FloorKind> FLOOR =
      List.of(
          FloorKind.DIRECT,
          FloorKind.POPULATE,
          FloorKind.POPULATE_WRITE,
          FloorKind.HUGETLB,
          FloorKind.MEMSET_COLD,
          FloorKind.STREAM_COLD);

  @Override
  public String name() {
    return NAME;
  }

  /** Names a series of this row. */
  public static Key key(String subject, long bytes) {
    return new Key(NAME, subject, bytes, "ns");
  }

  @Override
  public void run(Bench bench) throws IOException {
    for (long size : bench.options().sizes(List.copyOf(Sizes.all().values()))) {
      bench.say(NAME + ", " + Sizes.name(size));
      run(bench, size);
    }
    bench.floor().trim();
  }

  private static void run(Bench bench, long size) throws IOException {
    List<Cell> cells = new ArrayList<>();
    for (FloorKind kind : FLOOR) {
      cells.add(new FloorCell(bench.floor(), kind, size));
    }
    cells.addAll(java(bench, size));
    BurstCell hit = hit(bench, size);
    if (hit != null) {
      cells.add(hit);
      cells.addAll(misses(bench, size));
    }
    Rounds rounds = new Rounds(bench, NAME, size);
    cells.forEach(rounds::add);
    rounds.run();
    for (Cell cell : cells) {
      if (cell.checked() > 0) {
        bench.count(new Key(NAME, cell.subject(), size, "checked"), cell.checked());
      }
      cell.close();
    }
    if (hit != null) {
      bench.add(new Key(NAME, Subjects.HIT, size, "hit share"), hit.hitShare());
    }
  }

  private static List<Cell> java(Bench bench, long size) throws IOException {
    List<Cell> cells = new ArrayList<>();
    List<String> subjects = new ArrayList<>(Subjects.peers());
    subjects.add(Subjects.FRESH);
    for (String subject : subjects) {
      cells.add(new PairCell(subject, Subjects.open(bench, subject), size, bench.random()));
    }
    cells.add(BurstCell.of(Subjects.FRESH_USED, bench.plain().source(), size, bench.random()));
    for (String subject : List.of(Subjects.NETTY_ZERO, Subjects.NETTY)) {
      Source source = Subjects.open(bench, subject);
      cells.add(BurstCell.of(subject + Subjects.WRITTEN, source, size, bench.random()));
    }
    return cells;
  }

  private static BurstCell hit(Bench bench, long size) throws IOException {
    if (!bench.hasPool()) {
      return null;
    }
    Client client = bench.pooled();
    return BurstCell.ofHits(Subjects.HIT, client.source(), size, bench.random(), client::books);
  }

  private static List<Cell> misses(Bench bench, long size) throws IOException {
    Client client = bench.pooled();
    Random random = bench.random();
    return List.of(
        new MissCell(Subjects.DIRTY_MISS, client.source(), size, true, random, client::books),
        new MissCell(Subjects.MISS, client.source(), size, false, random, client::books));
  }
}
