// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import java.util.List;
import org.dmabufheaps.DmaBuf;

/**
 * A frame: some memory, and when it is shown.
 *
 * <p>GStreamer takes the memories for one range of bytes, one after the other. Where planes and
 * lines are in it follows from the caps, as GStreamer computes it, unless a layout says otherwise.
 *
 * @param memories 1 to {@link #MAX_MEMORIES}, all dma-bufs or none
 * @param ptsNanos when it is shown, in nanoseconds of {@code CLOCK_MONOTONIC}, which is what {@link
 *     System#nanoTime} returns on Linux; or {@link #NO_TIME}
 * @param durationNanos how long it is shown, in nanoseconds, or {@link #NO_TIME}
 * @param layout where planes and lines are, or {@code null}
 */
public record Frame(
    List<FrameMemory> memories, long ptsNanos, long durationNanos, VideoLayout layout) {
  /** No time ({@code GST_CLOCK_TIME_NONE}). */
  public static final long NO_TIME = -1;

  /** The most memories of a frame ({@code gst_buffer_get_max_memory()}). */
  public static final int MAX_MEMORIES = 16;

  /**
   * Checks the number of memories.
   *
   * @param memories as above
   * @param ptsNanos as above
   * @param durationNanos as above
   * @param layout as above
   */
  public Frame {
    memories = List.copyOf(memories);
    if (memories.isEmpty() || memories.size() > MAX_MEMORIES) {
      throw new IllegalArgumentException("a frame of " + memories.size() + " memories");
    }
  }

  /**
   * Makes a frame that is the first bytes of one buffer.
   *
   * @param buffer an open handle
   * @param size how many bytes
   * @param ptsNanos as {@link #ptsNanos}
   * @param durationNanos as {@link #durationNanos}
   * @return the frame
   */
  public static Frame of(DmaBuf buffer, long size, long ptsNanos, long durationNanos) {
    return new Frame(List.of(FrameMemory.of(buffer, 0, size)), ptsNanos, durationNanos, null);
  }
}
