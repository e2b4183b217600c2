// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The books of a region against a model: a bitmap of what is taken. */
class SpaceTest {
  private static final long PAGE = 4096;
  private static final int OPERATIONS = 1_000_000;
  private static final int FILLINGS = Integer.getInteger("dmabuf.test.fillings", 200);

  /** NV12, YUYV and RGBA. */
  private static final int[] BITS_PER_PIXEL = {12, 16, 32};

  private static final int[][] FRAMES = {
    {320, 240}, {640, 360}, {640, 480}, {800, 600}, {1280, 720}, {1920, 1080}
  };

  private final long seed = Long.getLong("dmabuf.test.seed", System.nanoTime());

  static List<Placement> placements() {
    return List.of(Placement.firstFit(), Placement.cma(), Placement.chunks(16 * PAGE));
  }

  /** What is taken, page by page. */
  private static final class Model {
    final BitSet taken = new BitSet();
    final Space space;
    final List<List<Range>> live = new ArrayList<>();

    Model(Space space) {
      this.space = space;
    }

    boolean take(long size) {
      long before = space.freeBytes();
      List<Range> ranges = space.take(size);
      if (ranges.isEmpty()) {
        assertTrue(size > space.largestFree(), size + " fits into " + space.largestFree());
        assertEquals(before, space.freeBytes());
        return false;
      }
      long bytes = ranges.stream().mapToLong(Range::length).sum();
      assertTrue(bytes >= size, bytes + " for " + size);
      assertEquals(before - bytes, space.freeBytes());
      ranges.forEach(this::mark);
      live.add(ranges);
      return true;
    }

    private void mark(Range range) {
      int start = (int) (range.offset() / PAGE);
      int end = (int) ((range.offset() + range.length()) / PAGE);
      assertTrue(end * PAGE <= space.bytes(), range + " within " + space.bytes());
      int next = taken.nextSetBit(start);
      assertTrue(next < 0 || next >= end, range + " overlaps at page " + next);
      taken.set(start, end);
    }

    void give(int index) {
      List<Range> ranges = live.set(index, live.get(live.size() - 1));
      live.remove(live.size() - 1);
      space.give(ranges);
      for (Range range : ranges) {
        taken.clear(
            (int) (range.offset() / PAGE), (int) ((range.offset() + range.length()) / PAGE));
      }
      assertEquals(space.bytes() - taken.cardinality() * PAGE, space.freeBytes());
    }
  }

  @ParameterizedTest
  @MethodSource("placements")
  void aMillionTakesAndGivesLoseAndOverlapNothing(Placement placement) {
    Random random = new Random(seed);
    Model model = new Model(Space.of(placement, 4096 * PAGE, PAGE));
    for (int operation = 0; operation < OPERATIONS; operation++) {
      boolean take = model.live.isEmpty() || random.nextInt(100) < 55;
      if (!take || !model.take(1 + random.nextInt(1 << (12 + random.nextInt(9))))) {
        model.give(random.nextInt(model.live.size()));
      }
    }
    while (!model.live.isEmpty()) {
      model.give(random.nextInt(model.live.size()));
    }
    assertEquals(model.space.bytes(), model.space.freeBytes(), "seed " + seed);
    assertEquals(model.space.bytes(), model.space.largestFree(), "seed " + seed);
    assertEquals(
        List.of(new Range(0, model.space.bytes())),
        model.space.take(model.space.bytes()),
        "one piece again; seed " + seed);
  }

  /** CMA's alignment costs some; no placement that was tried keeps each single run above 0.80. */
  @ParameterizedTest
  @MethodSource("placements")
  void framesFillMostOfARegionBeforeOneFindsNoRoom(Placement placement) {
    Random random = new Random(seed);
    double[] used =
        DoubleStream.generate(() -> utilisationAtFirstFailure(placement, random))
            .limit(FILLINGS)
            .sorted()
            .toArray();
    double average = DoubleStream.of(used).average().orElseThrow();
    double oneInTwenty = used[FILLINGS / 20];
    String result =
        String.format(
            "%s: utilisation at first failure of %d runs %.3f on average, %.3f or less in one of"
                + " twenty, %.3f at least; seed %d",
            placement, FILLINGS, average, oneInTwenty, used[0], seed);
    System.out.println(result);
    assertTrue(average >= 0.86, result);
    assertTrue(oneInTwenty >= 0.80, result);
  }

  /** Frames come and go, more come than go. */
  private static double utilisationAtFirstFailure(Placement placement, Random random) {
    Model model = new Model(Space.of(placement, 256L << 20, PAGE));
    List<Long> sizes = new ArrayList<>();
    while (true) {
      if (!model.live.isEmpty() && random.nextInt(100) < 40) {
        int index = random.nextInt(model.live.size());
        model.give(index);
        sizes.set(index, sizes.get(sizes.size() - 1));
        sizes.remove(sizes.size() - 1);
        continue;
      }
      long size = frame(random);
      if (!model.take(size)) {
        double asked = sizes.stream().mapToLong(Long::longValue).sum();
        return asked / model.space.bytes();
      }
      sizes.add(size);
    }
  }

  private static long frame(Random random) {
    int[] frame = FRAMES[random.nextInt(FRAMES.length)];
    return (long) frame[0] * frame[1] * BITS_PER_PIXEL[random.nextInt(3)] / 8;
  }

  @ParameterizedTest
  @MethodSource("placements")
  void whatCanNotBeIsRefusedAndChangesNothing(Placement placement) {
    Space space = Space.of(placement, 64 * PAGE, PAGE);
    for (long size : new long[] {64 * PAGE + 1, Long.MAX_VALUE, Long.MAX_VALUE - PAGE + 2}) {
      assertEquals(List.of(), space.take(size));
    }
    for (long size : new long[] {0, -1, Long.MIN_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> space.take(size));
    }
    List<Range> taken = space.take(16 * PAGE);
    long free = space.freeBytes();
    for (Range wrong :
        List.of(
            new Range(16 * PAGE, 16 * PAGE),
            new Range(0, 32 * PAGE),
            new Range(1, 16 * PAGE),
            new Range(0, 0),
            new Range(0, Long.MAX_VALUE),
            new Range(0, Long.MIN_VALUE),
            new Range(Long.MAX_VALUE, 16 * PAGE),
            new Range(-16 * PAGE, 16 * PAGE))) {
      assertThrows(IllegalStateException.class, () -> space.give(List.of(wrong)), wrong.toString());
    }
    assertEquals(free, space.freeBytes());
    space.give(taken);
    assertThrows(IllegalStateException.class, () -> space.give(taken), "given twice");
    assertEquals(space.bytes(), space.freeBytes());
  }

  @ParameterizedTest
  @MethodSource("placements")
  void whatIsClaimedIsNeverTaken(Placement placement) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      Space space = Space.of(placement, 512 * PAGE, PAGE);
      List<Range> claimed = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        long offset = random.nextInt(511 * (int) PAGE);
        claimed.add(new Range(offset, 1 + random.nextInt((int) (512 * PAGE - offset))));
        space.claim(claimed.get(i));
      }
      long free = space.freeBytes();
      long taken = 0;
      for (List<Range> ranges = space.take(PAGE); !ranges.isEmpty(); ranges = space.take(PAGE)) {
        taken += ranges.get(0).length();
        for (Range claim : claimed) {
          long end = ranges.get(0).offset() + ranges.get(0).length();
          boolean apart =
              end <= claim.offset() || ranges.get(0).offset() >= claim.offset() + claim.length();
          assertTrue(apart, ranges + " in " + claim + ", seed " + seed);
        }
      }
      assertEquals(free, taken, "seed " + seed);
    }
  }

  @Test
  void firstFitTakesTheLowestRunAndJoinsRunsThatMeet() {
    Space space = Space.of(Placement.firstFit(), 8 * PAGE, PAGE);
    List<Range> a = space.take(1);
    List<Range> b = space.take(2 * PAGE);
    List<Range> c = space.take(PAGE);
    assertEquals(List.of(new Range(0, PAGE)), a);
    assertEquals(List.of(new Range(PAGE, 2 * PAGE)), b);
    space.give(a);
    assertEquals(4 * PAGE, space.largestFree());
    assertEquals(5 * PAGE, space.freeBytes());
    space.give(b);
    assertEquals(List.of(new Range(0, 3 * PAGE)), space.take(3 * PAGE), "a and b are one");
    space.give(c);
    assertEquals(5 * PAGE, space.largestFree());
  }

  @Test
  void cmaAlignsToTheOrderOfTheSizeUpToEight() {
    Space space = Space.of(Placement.cma(), 4096 * PAGE, PAGE);
    assertEquals(0, space.take(PAGE).get(0).offset());
    assertEquals(2 * PAGE, space.take(2 * PAGE).get(0).offset());
    assertEquals(PAGE, space.take(PAGE).get(0).offset(), "the gap is used");
    assertEquals(4 * PAGE, space.take(3 * PAGE).get(0).offset(), "order 2");
    assertEquals(256 * PAGE, space.take(300 * PAGE).get(0).offset(), "order 9, aligned to 8");
    assertEquals(768 * PAGE, space.take(256 * PAGE).get(0).offset());
    assertEquals(560 * PAGE, space.take(8 * PAGE).get(0).offset(), "of the shortest run");
  }

  @Test
  void cmaTakesTheShortestRunThatServesWithTheAlignment() {
    Space space = Space.of(Placement.cma(), 1024 * PAGE, PAGE);
    List<Range> low = space.take(512 * PAGE);
    space.take(PAGE);
    List<Range> gap = space.take(2 * PAGE);
    space.take(4 * PAGE);
    space.give(low);
    space.give(gap);
    assertEquals(513 * PAGE, space.take(PAGE).get(0).offset(), "of three pages");
    assertEquals(514 * PAGE, space.take(2 * PAGE).get(0).offset(), "what is left of them");
    assertEquals(520 * PAGE, space.take(5 * PAGE).get(0).offset(), "504 pages, not 512");
    assertEquals(768 * PAGE, space.take(256 * PAGE).get(0).offset(), "of 499 pages");
    assertEquals(0, space.take(512 * PAGE).get(0).offset());
  }

  @Test
  void chunksServeWhereverTheyAre() {
    Space space = Space.of(Placement.chunks(4 * PAGE), 18 * PAGE, PAGE);
    assertEquals(16 * PAGE, space.bytes(), "half a chunk is of no use");
    List<Range> a = space.take(PAGE);
    List<Range> b = space.take(5 * PAGE);
    assertEquals(List.of(new Range(0, 4 * PAGE)), a, "rounded up");
    assertEquals(List.of(new Range(4 * PAGE, 8 * PAGE)), b);
    space.give(a);
    assertEquals(
        List.of(new Range(0, 4 * PAGE), new Range(12 * PAGE, 4 * PAGE)), space.take(7 * PAGE));
    assertEquals(0, space.freeBytes());
  }
}
