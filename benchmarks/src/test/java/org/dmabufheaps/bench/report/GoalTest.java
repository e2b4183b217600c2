// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.dmabufheaps.bench.report.Goal.Verdict;
import org.junit.jupiter.api.Test;

class GoalTest {
  private static final Key C = new Key("row", "C", 4096, "ns");
  private static final Key JAVA = new Key("row", "java", 4096, "ns");
  private static final Goal TEN_TIMES = Goal.ratioAtLeast("G", "C / java", C, JAVA, 10);

  private final Results results = new Results();

  private void figures(Key key, double... figures) {
    for (double figure : figures) {
      results.add(key, figure);
    }
  }

  private Goal.Judged judged() {
    return TEN_TIMES.judge(results);
  }

  @Test
  void aRatioIsTakenWithinARound() {
    figures(C, 100, 1000, 400);
    figures(JAVA, 10, 100, 40);
    assertEquals(new Stats(10, 10, 10, 3), judged().stats());
    assertEquals(Verdict.MET, judged().verdict());
  }

  @Test
  void aLimitThatIsMissedIsSaidToBe() {
    figures(C, 99, 99, 99);
    figures(JAVA, 10, 10, 10);
    assertEquals(Verdict.NOT_MET, judged().verdict());
  }

  @Test
  void figuresThatAreFarApartProveNothing() {
    figures(C, 500, 1000, 1500, 2000);
    figures(JAVA, 10, 10, 10, 10);
    assertEquals(Verdict.INCONCLUSIVE, judged().verdict());
  }

  @Test
  void aMachineThatMovedProvesNothing() {
    figures(C, 1000, 1000, 1000);
    figures(JAVA, 10, 10, 10);
    figures(Control.key("row"), 10, 13, 16);
    assertEquals(Verdict.INCONCLUSIVE, judged().verdict());
  }

  @Test
  void theControlOfAnotherRowDoesNotCount() {
    figures(C, 1000, 1000, 1000);
    figures(JAVA, 10, 10, 10);
    figures(Control.key("another"), 10, 13, 16);
    assertEquals(Verdict.MET, judged().verdict());
  }

  @Test
  void aRoundWithoutAFigureIsLeftOut() {
    figures(C, 1000, 1000, 1000);
    figures(JAVA, 10, Double.NaN, 10);
    assertEquals(2, judged().stats().count());
  }

  @Test
  void whatWasNotMeasuredIsNotMet() {
    figures(C, 1000);
    assertEquals(Verdict.NOT_MEASURED, judged().verdict());
  }

  @Test
  void anUpperLimitIsHeldFromBelow() {
    Goal atMost = Goal.atMost("G", "java", JAVA, 48);
    figures(JAVA, 48, 48);
    assertEquals(Verdict.MET, atMost.judge(results).verdict());
    figures(JAVA, 49, 49, 49);
    assertEquals(Verdict.NOT_MET, atMost.judge(results).verdict());
  }
}
