// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.unixfd.ReceivedFrame;
import org.dmabufheaps.unixfd.VideoLayout;

/** A frame whose buffers are imported. */
final class ImportedFrame implements ReceivedFrame {
  private final NewBuffer message;
  private final String caps;
  private final List<Range> memories;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  ImportedFrame(NewBuffer message, String caps, List<Range> memories, Runnable onClose) {
    this.message = message;
    this.caps = caps;
    this.memories = memories;
    this.onClose = onClose;
  }

  @Override
  public String caps() {
    return caps;
  }

  @Override
  public List<Range> memories() {
    return memories;
  }

  @Override
  public long ptsNanos() {
    return message.pts();
  }

  @Override
  public long durationNanos() {
    return message.duration();
  }

  @Override
  public VideoLayout layout() {
    return message.layout();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      memories.forEach(memory -> memory.buffer().close());
      onClose.run();
    }
  }

  @Override
  public String toString() {
    return "frame " + Long.toUnsignedString(message.id());
  }
}
