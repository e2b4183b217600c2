// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import java.util.List;
import org.dmabufheaps.DmaBuf;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A frame that came from GStreamer. Its memory belongs to the pipeline, which uses it again when
 * the frame is closed. Thread-safe.
 */
@ProviderType
public interface ReceivedFrame extends AutoCloseable {

  /**
   * Returns what the frame is.
   *
   * @return the caps as GStreamer wrote them; empty when none came
   */
  String caps();

  /**
   * Returns the frame's memory.
   *
   * @return ranges of imported buffers, which are closed with the frame
   */
  List<Range> memories();

  /**
   * Returns when the frame is shown.
   *
   * @return nanoseconds of {@code CLOCK_MONOTONIC}, or {@link Frame#NO_TIME}
   */
  long ptsNanos();

  /**
   * Returns how long the frame is shown.
   *
   * @return nanoseconds, or {@link Frame#NO_TIME}
   */
  long durationNanos();

  /**
   * Returns where planes and lines are, when the peer said so.
   *
   * @return {@code null} when it follows from the caps, or the format is none of {@link
   *     VideoFormat}
   */
  VideoLayout layout();

  /** Closes the buffers and gives the frame back. Never throws; a second call does nothing. */
  @Override
  void close();

  /**
   * A range of an imported buffer.
   *
   * @param buffer the buffer; it needs no closing
   * @param offset of the first byte, in bytes from the start of the buffer
   * @param size in bytes; the range is within the buffer
   */
  record Range(DmaBuf buffer, long offset, long size) {}
}
