// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ShelfTest {
  private static final long SECOND = 1_000_000_000L;

  private final Shelf shelf = new Shelf(4096);
  private final long now = System.nanoTime();

  private void put(long nanos) {
    shelf.put(new Idle(new FakeMemory(4096), nanos));
  }

  @Test
  void eachMissAsksForOneSpareBufferUpToFour() {
    put(now);
    for (int misses = 0; misses < 10; misses++) {
      assertEquals(Math.min(misses, 4), shelf.spare(now - SECOND, now));
      shelf.missed(now);
    }
  }

  @Test
  void aMinuteAfterTheLastMissNoneIsSpare() {
    shelf.missed(now);
    put(now + 61 * SECOND);
    assertEquals(1, shelf.spare(now, now + 59 * SECOND));
    assertEquals(0, shelf.spare(now, now + 61 * SECOND));
    shelf.missed(now + 62 * SECOND);
    assertEquals(1, shelf.spare(now, now + 62 * SECOND), "it begins anew");
  }

  @Test
  void ofASizeThatNobodyUsesNoneIsSpare() {
    shelf.missed(now);
    put(now);
    assertEquals(0, shelf.spare(now + 1, now + SECOND));
  }

  @Test
  void anEmptyShelfIsRememberedForWhatWasMissedThere() {
    assertTrue(shelf.isForgettable());
    shelf.missed(System.nanoTime());
    assertFalse(shelf.isForgettable());
  }
}
