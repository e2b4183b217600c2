// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.spi.Reservation;

/**
 * Fresh memory that was admitted. It counts as taken until its heap has closed it and the last that
 * core knows to keep the memory has let go.
 */
final class Admitted implements Reservation {
  private final Admission admission;
  private final long bytes;
  private final AtomicBoolean populated = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** The heap, until it has closed this, and who else keeps the memory; 0 for ever at the end. */
  private final AtomicInteger holders = new AtomicInteger(1);

  /** Told once when this one is closed. */
  private volatile Runnable onClose = () -> {};

  Admitted(Admission admission, long bytes) {
    this.admission = admission;
    this.bytes = bytes;
  }

  void onClose(Runnable action) {
    onClose = action;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void populated() {
    if (populated.compareAndSet(false, true)) {
      admission.populated(bytes);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      populated();
      letGo();
      onClose.run();
    }
  }

  /**
   * Somebody keeps the memory, whatever the heap does.
   *
   * @return whether it is still there, and {@link #letGo} is to be called
   */
  boolean hold() {
    return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
  }

  void letGo() {
    if (holders.decrementAndGet() == 0) {
      admission.returned(bytes);
    }
  }
}
