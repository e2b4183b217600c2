// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The lowest free run that is large enough. Free runs that meet are one. */
final class FirstFitSpace implements Space {
  private final long bytes;
  private final long granule;

  /** The free runs: offset, length. */
  private final TreeMap<Long, Long> free = new TreeMap<>();

  private long freeBytes;

  FirstFitSpace(long bytes, long granule) {
    this.bytes = bytes - bytes % granule;
    this.granule = granule;
    freeBytes = this.bytes;
    if (this.bytes > 0) {
      free.put(0L, this.bytes);
    }
  }

  @Override
  public List<Range> take(long wanted) {
    Space.checkPositive(wanted);
    if (wanted > freeBytes) {
      return List.of();
    }
    long length = Space.roundUp(wanted, granule);
    for (Map.Entry<Long, Long> run : free.entrySet()) {
      if (run.getValue() >= length) {
        return List.of(cut(run.getKey(), run.getValue(), length));
      }
    }
    return List.of();
  }

  /** Takes the start of a free run. */
  private Range cut(long offset, long run, long length) {
    free.remove(offset);
    if (run > length) {
      free.put(offset + length, run - length);
    }
    freeBytes -= length;
    return new Range(offset, length);
  }

  @Override
  public void claim(Range range) {
    long start = range.offset() - range.offset() % granule;
    long end = Math.min(bytes, Space.roundUp(range.offset() + range.length(), granule));
    for (Map.Entry<Long, Long> run : List.copyOf(free.headMap(end).entrySet())) {
      long from = Math.max(start, run.getKey());
      long runEnd = run.getKey() + run.getValue();
      if (from < runEnd) {
        free.put(run.getKey(), from - run.getKey());
        cut(from, runEnd - from, Math.min(end, runEnd) - from);
        free.remove(run.getKey(), 0L);
      }
    }
  }

  @Override
  public void give(List<Range> ranges) {
    ranges.forEach(this::checkTaken);
    ranges.forEach(this::give);
  }

  private void checkTaken(Range range) {
    if (!Space.isWithin(range, bytes, granule) || !isTaken(range)) {
      throw new IllegalStateException(range + " was not taken");
    }
  }

  private boolean isTaken(Range range) {
    Map.Entry<Long, Long> before = free.lowerEntry(range.offset() + range.length());
    return before == null || before.getKey() + before.getValue() <= range.offset();
  }

  private void give(Range range) {
    checkTaken(range);
    long offset = range.offset();
    long length = range.length();
    freeBytes += length;
    Map.Entry<Long, Long> before = free.lowerEntry(offset);
    if (before != null && before.getKey() + before.getValue() == offset) {
      offset = before.getKey();
      length += before.getValue();
    }
    Long after = free.remove(range.offset() + range.length());
    free.put(offset, after == null ? length : length + after);
  }

  /** Returns the free runs, ascending. */
  List<Range> freeRuns() {
    return free.entrySet().stream().map(run -> new Range(run.getKey(), run.getValue())).toList();
  }

  @Override
  public long freeBytes() {
    return freeBytes;
  }

  @Override
  public long largestFree() {
    return free.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  @Override
  public long bytes() {
    return bytes;
  }
}
