// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A thread that does nothing but read a view, whatever happens to the memory behind it. It may see
 * what the buffer was filled with and zeros, and nothing else ever.
 */
final class BusyReader implements AutoCloseable {
  private static final int STEP = 1024;

  private final ByteBuffer bytes;
  private final long pattern;
  private final Thread thread;
  private volatile boolean stop;
  private final AtomicLong passes = new AtomicLong();
  private volatile boolean lastPassZero;
  private volatile String stranger;

  private BusyReader(ByteBuffer bytes, long pattern) {
    this.bytes = bytes;
    this.pattern = pattern;
    this.thread = new Thread(this::run, "busy-reader");
  }

  /** Fills memory with a pattern, so that every 8 bytes of it are the same. */
  static void fill(ByteBuffer bytes, long pattern) {
    for (int offset = 0; offset + Long.BYTES <= bytes.capacity(); offset += Long.BYTES) {
      bytes.putLong(offset, pattern);
    }
  }

  /** Starts to read memory that was {@link #fill filled}, and waits until it is at it. */
  static BusyReader start(ByteBuffer bytes, long pattern) {
    BusyReader reader = new BusyReader(bytes, pattern);
    reader.thread.setDaemon(true);
    reader.thread.start();
    Await.await("the reader reads", () -> reader.passes.get() > 1);
    if (reader.lastPassZero) {
      throw new AssertionError("the memory was zero already");
    }
    return reader;
  }

  private void run() {
    while (!stop && stranger == null) {
      pass();
    }
  }

  private void pass() {
    boolean zero = true;
    for (int offset = 0; offset + Long.BYTES <= bytes.capacity(); offset += STEP) {
      long value = bytes.getLong(offset);
      zero &= value == 0;
      if (value != 0 && value != pattern) {
        stranger = "0x" + Long.toHexString(value) + " at " + offset;
        return;
      }
    }
    lastPassZero = zero;
    passes.incrementAndGet();
  }

  /** Waits until it sees nothing but zeros: its view was retired. */
  void awaitZeros() {
    long start = passes.get();
    Await.await(
        "the stale view is zero", () -> check() && passes.get() > start + 1 && lastPassZero);
  }

  /** Checks that it still sees what was written. */
  void assertReads() {
    long start = passes.get();
    Await.await("the reader goes on", () -> check() && passes.get() > start + 1);
    if (lastPassZero) {
      throw new AssertionError("the view reads zeros");
    }
  }

  private boolean check() {
    if (stranger != null) {
      throw new AssertionError("the view shows somebody else's bytes: " + stranger);
    }
    if (!thread.isAlive()) {
      throw new AssertionError("the reader died");
    }
    return true;
  }

  /** Ends the thread. */
  @Override
  public void close() {
    check();
    stop = true;
    join();
  }

  private void join() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
