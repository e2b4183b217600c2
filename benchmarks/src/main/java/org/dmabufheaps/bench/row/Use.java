// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.dmabufheaps.bench.source.Source;

/**
 * Uses buffers honestly: views each, writes all of it, and keeps its views reachable while later
 * ones are allocated. Looks whether a buffer was zero when it came: one of a hundred, and the first
 * of each source. For one thread.
 */
final class Use {
  private static final byte MARK = (byte) 0xA5;
  private static final int CHUNK = 65_536;
  private static final int PAGE = 4096;
  private static final double CHECKED = 0.01;

  /** How many allocations a view is kept for after those of its burst. */
  private static final int KEPT = 8;

  private static final byte[] MARKS = marks();
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(CHUNK);

  private final Random random;
  private final boolean checks;
  private final ByteBuffer[] kept;
  private int next;
  private long used;
  private long checked;

  /**
   * Makes it for one source.
   *
   * @param random chooses what is checked
   * @param burst how many buffers are live at once
   */
  Use(Random random, int burst) {
    this(random, burst, true);
  }

  /** Makes it; {@code checks} tells whether buffers come as they were allocated. */
  Use(Random random, int burst, boolean checks) {
    this.random = random;
    this.checks = checks;
    kept = new ByteBuffer[burst + KEPT];
  }

  private static byte[] marks() {
    byte[] marks = new byte[CHUNK];
    Arrays.fill(marks, MARK);
    return marks;
  }

  /** Views, maybe checks, and writes all of a slot's buffer. */
  void write(Source source, int slot) throws IOException {
    ByteBuffer bytes = view(source, slot);
    int size = bytes.capacity();
    for (int at = 0; at < size; at += CHUNK) {
      bytes.put(at, MARKS, 0, Math.min(CHUNK, size - at));
    }
    source.endView(slot);
  }

  /** Views, maybe checks, and writes a byte to each page of a slot's buffer. */
  void touch(Source source, int slot) throws IOException {
    ByteBuffer bytes = view(source, slot);
    int size = bytes.capacity();
    for (int at = 0; at < size; at += PAGE) {
      bytes.put(at, MARK);
    }
    source.endView(slot);
  }

  private ByteBuffer view(Source source, int slot) throws IOException {
    ByteBuffer bytes = source.view(slot);
    kept[next++ % kept.length] = bytes;
    if (checks && source.zeroes() && (used++ == 0 || random.nextDouble() < CHECKED)) {
      check(source, bytes);
    }
    return bytes;
  }

  private void check(Source source, ByteBuffer bytes) throws IOException {
    checked++;
    int size = bytes.capacity();
    for (int at = 0; at < size; at += CHUNK) {
      int length = Math.min(CHUNK, size - at);
      int wrong = bytes.slice(at, length).mismatch(ZEROS.duplicate().limit(length));
      if (wrong >= 0) {
        throw new IOException(
            "NOT ZERO: a buffer of "
                + size
                + " bytes of "
                + source.getClass().getSimpleName()
                + ", byte "
                + (at + wrong)
                + " is "
                + bytes.get(at + wrong)
                + ". No figure of this run counts.");
      }
    }
  }

  /** How many buffers were looked at. */
  long checked() {
    return checked;
  }
}
