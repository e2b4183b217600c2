// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
  @Test
  void theFirstTimeComesAtOnceAndOneAtATime() {
    Pace pace = new Pace(0);
    assertTrue(pace.begin());
    assertFalse(pace.begin());
  }

  @Test
  void theNextTimeComesLater() {
    Pace pace = new Pace(TimeUnit.HOURS.toNanos(1));
    assertTrue(pace.begin());
    pace.end();
    assertFalse(pace.begin());
  }
}
