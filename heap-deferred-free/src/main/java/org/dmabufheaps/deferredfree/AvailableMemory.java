// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.linux.LinuxMemory;

/** Looks at the available memory once in a window, where the kernel tells nothing by itself. */
final class AvailableMemory implements LinuxMemory.Watch {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final BooleanSupplier isShort;
  private final Runnable pressed;
  private final long windowNanos;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Begins to look.
   *
   * @param isShort whether memory is short now
   * @param pressed run when it is
   */
  AvailableMemory(long windowMillis, BooleanSupplier isShort, Runnable pressed) {
    this.isShort = isShort;
    this.pressed = pressed;
    windowNanos = windowMillis * NANOS_PER_MILLI;
    thread = new Thread(this::run, "dmabuf-pressure");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!closed) {
      LockSupport.parkNanos(this, windowNanos);
      if (!closed && isShort.getAsBoolean()) {
        pressed.run();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive() && thread != Thread.currentThread()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
