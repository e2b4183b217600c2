// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayList;
import java.util.List;

/** Equal chunks, any of which serve, lowest first. */
final class ChunkSpace implements Space {
  private final Units chunks;

  ChunkSpace(long bytes, long chunkBytes) {
    chunks = new Units(bytes, chunkBytes);
  }

  @Override
  public List<Range> take(long wanted) {
    Space.checkPositive(wanted);
    if (wanted > chunks.freeBytes()) {
      return List.of();
    }
    List<Range> ranges = new ArrayList<>();
    int start = chunks.nextFree(0);
    for (int left = chunks.needed(wanted); left > 0; start = chunks.nextFree(start)) {
      int end = Math.min(chunks.nextTaken(start), start + left);
      ranges.add(chunks.take(start, end));
      left -= end - start;
    }
    return ranges;
  }

  @Override
  public void give(List<Range> ranges) {
    chunks.give(ranges);
  }

  @Override
  public void claim(Range range) {
    chunks.claim(range);
  }

  @Override
  public long freeBytes() {
    return chunks.freeBytes();
  }

  /** Any free chunks serve. */
  @Override
  public long largestFree() {
    return chunks.freeBytes();
  }

  @Override
  public long bytes() {
    return chunks.bytes();
  }
}
