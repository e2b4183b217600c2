// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Frames that wait to be received, and how the stream ended. Thread-safe. */
final class FrameQueue {
  private final String name;
  private final int most;
  private final Deque<WaitingFrame> frames = new ArrayDeque<>();

  /** Empty for the end of the stream, {@code null} while it goes on. */
  private String end;

  private boolean closed;

  FrameQueue(String name, int most) {
    this.name = name;
    this.most = most;
  }

  /** Adds a frame; returns the one that has no room now, the oldest or, once closed, itself. */
  synchronized WaitingFrame add(WaitingFrame frame) {
    if (closed) {
      return frame;
    }
    frames.add(frame);
    notifyAll();
    return frames.size() > most ? frames.remove() : null;
  }

  /** Says that nothing comes any more, and why; what waits can still be received. */
  synchronized void end(String why) {
    if (end == null) {
      end = why;
    }
    notifyAll();
  }

  synchronized boolean hasEnded() {
    return end != null;
  }

  /** Lets go of what waits. */
  void close() {
    WaitingFrame[] left;
    synchronized (this) {
      closed = true;
      left = frames.toArray(WaitingFrame[]::new);
      frames.clear();
      notifyAll();
    }
    for (WaitingFrame frame : left) {
      frame.closeFds();
    }
  }

  /** Waits for a frame; {@code null} at the end of the stream. */
  synchronized WaitingFrame take(long timeoutMillis) throws HeapException, InterruptedException {
    long start = System.nanoTime();
    while (!closed && frames.isEmpty() && end == null) {
      long left = timeoutMillis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      if (timeoutMillis > 0 && left <= 0) {
        throw new HeapException(
            "receiving a frame from " + name + " within " + timeoutMillis + " ms", Errno.ETIMEDOUT);
      }
      wait(timeoutMillis == 0 ? 0 : left);
    }
    if (closed) {
      throw new BufferClosedException("the receiver from " + name + " is closed");
    }
    if (frames.isEmpty() && !end.isEmpty()) {
      throw new HeapException("receiving from " + name + ": " + end, Errno.ECONNRESET);
    }
    return frames.poll();
  }
}
