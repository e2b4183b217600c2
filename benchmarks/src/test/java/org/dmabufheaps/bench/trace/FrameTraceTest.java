// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrameTraceTest {
  private static final int MINUTE = 60;

  @Test
  void theSameSeedGivesTheSameTrace() {
    assertEquals(FrameTrace.generate(7, MINUTE), FrameTrace.generate(7, MINUTE));
    assertNotEquals(FrameTrace.generate(7, MINUTE), FrameTrace.generate(8, MINUTE));
  }

  @Test
  void whatComesGoesOnceAndLater() {
    Map<Integer, Event> live = new HashMap<>();
    long last = 0;
    for (Event event : FrameTrace.generate(1, MINUTE)) {
      assertTrue(event.micros() >= last, "events are in the order of time");
      last = event.micros();
      if (event.comes()) {
        assertEquals(null, live.put(event.id(), event));
      } else {
        assertEquals(event.size(), live.remove(event.id()).size());
      }
    }
    assertEquals(Map.of(), live);
  }

  @Test
  void aMinuteHasTheShapeOfTheDeviceThatItStandsFor() {
    List<Event> events = FrameTrace.generate(1, MINUTE);
    long count = 0;
    long small = 0;
    long bytes = 0;
    long live = 0;
    long peak = 0;
    for (Event event : events) {
      live += event.comes() ? event.size() : -event.size();
      peak = Math.max(peak, live);
      if (event.comes()) {
        count++;
        small += event.size() <= 64 << 10 ? 1 : 0;
        bytes += event.size();
      }
    }
    between(32_000, 34_000, count, "buffers");
    between(40, 50, 100 * small / count, "% of them are small");
    between(1_300_000_000, 1_500_000_000, bytes / MINUTE, "bytes in a second");
    between(150L << 20, 400L << 20, peak, "bytes live at most");
  }

  private static void between(long low, long high, long figure, String what) {
    assertTrue(low <= figure && figure <= high, figure + " " + what);
  }
}
