// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.Test;

/**
 * Random sequences of everything that can be done to heaps, held against a small model: states,
 * books, contents and errors. {@code -Dmodel.operations=1000000} is the long form, {@code
 * -Dmodel.seed=N} repeats one. What fails is made as short as can be, and printed.
 */
public class ModelIT extends ContainerTest {
  private static final int OPERATIONS = Integer.getInteger("model.operations", 20_000);
  private static final long SEED = Long.getLong("model.seed", System.nanoTime());
  private static final int SEQUENCE = 2_000;
  private static final long SHRINKING_NANOS =
      1_000_000_000L * Integer.getInteger("model.shrink.seconds", 120);

  @Test
  public void whateverIsDoneInWhateverOrderIsWhatTheModelSays() throws Exception {
    System.out.println("model: seed " + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    long begun = System.nanoTime();
    ModelTally tally = new ModelTally();
    try (DeadlockWatch watch = new DeadlockWatch()) {
      for (int done = 0; done < OPERATIONS; done += SEQUENCE) {
        int next = Math.min(SEQUENCE, OPERATIONS - done);
        List<Long> sequence = random.longs(next).boxed().toList();
        AssertionError wrong = run(sequence, tally, watch);
        if (wrong != null) {
          String what =
              "seed "
                  + SEED
                  + ", after "
                  + done
                  + " operations: "
                  + shortest(sequence, wrong, watch);
          System.out.println("model: " + what);
          throw new AssertionError(what, wrong);
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "model: %d operations in %.1f s: %s%n",
        OPERATIONS,
        (System.nanoTime() - begun) / 1e9,
        tally);
  }

  /** Returns what was wrong; null when nothing was. */
  private AssertionError run(List<Long> sequence, ModelTally tally, DeadlockWatch watch)
      throws Exception {
    int at = 0;
    try (ModelWorld world = new ModelWorld(this, context, tally)) {
      for (; at < sequence.size(); at++) {
        world.step(sequence.get(at));
        watch.progress();
      }
      world.checkBooks();
      return null;
    } catch (AssertionError | Exception e) {
      String what = at < sequence.size() ? ModelWorld.name(sequence.get(at)) : "the end";
      return new AssertionError("operation " + at + " (" + what + "): " + e, e);
    }
  }

  /** Leaves out what can be left out: halves, quarters and so on, as long as it still fails. */
  private String shortest(List<Long> sequence, AssertionError wrong, DeadlockWatch watch)
      throws Exception {
    List<Long> now = new ArrayList<>(sequence);
    AssertionError last = wrong;
    long until = System.nanoTime() + SHRINKING_NANOS;
    for (int part = now.size() / 2; part > 0; part /= 2) {
      for (int from = now.size() - part; from >= 0 && System.nanoTime() < until; from -= part) {
        List<Long> less = new ArrayList<>(now);
        less.subList(from, Math.min(now.size(), from + part)).clear();
        AssertionError again = run(less, new ModelTally(), watch);
        if (again != null) {
          now = less;
          last = again;
        }
      }
    }
    return last.getMessage() + "; the shortest that fails: " + names(now);
  }

  private static List<String> names(List<Long> sequence) {
    return sequence.stream().map(ModelWorld::name).toList();
  }
}
