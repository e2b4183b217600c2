// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.dmabufheaps.bench.source.Source;
import org.junit.jupiter.api.Test;

class UseTest {
  private static final int SIZE = 100_000;

  /** Gives the same memory again and again, and does or does not clear it. */
  private static final class Again implements Source {
    private final ByteBuffer memory = ByteBuffer.allocateDirect(SIZE);
    private final int cleared;

    Again(int cleared) {
      this.cleared = cleared;
    }

    @Override
    public void allocate(int first, int count, long size) {
      memory.put(0, new byte[cleared]);
    }

    @Override
    public void free(int first, int count) {}

    @Override
    public ByteBuffer view(int slot) {
      return memory;
    }
  }

  private static long uses(Source source, int count) throws IOException {
    Use use = new Use(new Random(1), 1);
    for (int i = 0; i < count; i++) {
      source.allocate(0, 1, SIZE);
      use.write(source, 0);
    }
    return use.checked();
  }

  @Test
  void allBytesAreWritten() throws IOException {
    Again source = new Again(SIZE);
    uses(source, 1);
    for (int at = 0; at < SIZE; at++) {
      assertEquals((byte) 0xA5, source.memory.get(at));
    }
  }

  @Test
  void memoryThatWasClearedPassesAndSomeOfItIsLookedAt() throws IOException {
    long checked = uses(new Again(SIZE), 2_000);
    assertTrue(5 <= checked && checked <= 100, checked + " of 2000 were looked at");
  }

  @Test
  void aLastByteThatWasNotClearedEndsTheRun() {
    IOException found = assertThrows(IOException.class, () -> uses(new Again(SIZE - 1), 2_000));
    assertTrue(found.getMessage().contains("byte " + (SIZE - 1)), found.getMessage());
  }
}
