// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LentTest {
  private final Lent lent = new Lent();

  @Test
  void itIsLeftWhenAllWhoHadABufferHaveGivenItBack() {
    assertTrue(lent.lend(3));
    assertTrue(lent.join());
    lent.leave();
    assertFalse(lent.isLeft(), "who opened it has it still");
    lent.leave();
    assertTrue(lent.isLeft());
    assertTrue(lent.wasLent());
    assertEquals(3, lent.references());
  }

  @Test
  void nobodyComesAfterTheLast() {
    lent.leave();
    assertFalse(lent.join());
    assertFalse(lent.lend(1));
    assertTrue(lent.isLeft());
    assertFalse(lent.wasLent());
  }
}
