// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.dmabufheaps.bench.source.Source;
import org.dmabufheaps.bench.trace.Event;
import org.dmabufheaps.bench.trace.FrameTrace;
import org.junit.jupiter.api.Test;

class ReplayTest {
  private static final int SECONDS = 60;

  /** Refuses a slot that is in use, or one that isn't. */
  private static final class Strict implements Source {
    private final ByteBuffer memory = ByteBuffer.allocateDirect(64 << 20);
    private final BitSet used = new BitSet();

    @Override
    public void allocate(int first, int count, long size) {
      assertFalse(used.get(first), "slot " + first + " is in use");
      used.set(first);
    }

    @Override
    public void free(int first, int count) {
      assertTrue(used.get(first), "slot " + first + " is free");
      used.clear(first);
    }

    @Override
    public ByteBuffer view(int slot) {
      return memory;
    }

    @Override
    public boolean zeroes() {
      return false;
    }
  }

  @Test
  void eachLiveBufferHasASlotOfItsOwn() throws IOException {
    Strict source = new Strict();
    List<Event> atOnce =
        FrameTrace.generate(1, SECONDS).stream()
            .map(event -> new Event(0, event.comes(), event.id(), 1, event.stream()))
            .toList();
    long buffers = 1L + atOnce.stream().map(Event::id).max(Comparator.naturalOrder()).orElseThrow();
    assertTrue(buffers > Source.SLOTS, "some slots must be used again");
    new Replay(source, new Use(new Random(1), 1), null).run(atOnce);
    assertEquals(0, source.used.cardinality());
  }
}
