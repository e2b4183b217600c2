// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.spi.Reservation;

/** Fresh memory that was admitted. */
final class Admitted implements Reservation {
  private final Admission admission;
  private final long bytes;
  private final AtomicBoolean populated = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

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
      admission.returned(bytes);
      onClose.run();
    }
  }
}
