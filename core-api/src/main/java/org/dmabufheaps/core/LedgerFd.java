// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.OwnedFd;

/** A descriptor in its owner's ledger. It is closed when its owner and all calls on it are done. */
final class LedgerFd implements OwnedFd, Owned {
  private final OwnedFd raw;
  private final Owner owner;
  private final String description;
  private final LazySet<LedgerFd> siblings;
  private final Runnable onClose;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final UseCount uses = new UseCount();

  /**
   * Takes a descriptor.
   *
   * @param siblings what it is in while it is open
   * @param onClose run when the system's descriptor has been closed
   */
  LedgerFd(
      OwnedFd raw, Owner owner, String description, LazySet<LedgerFd> siblings, Runnable onClose) {
    this.raw = raw;
    this.owner = owner;
    this.description = description;
    this.siblings = siblings;
    this.onClose = onClose;
    siblings.add(this);
  }

  /**
   * Takes a descriptor of a buffer into its owner's ledger. It shares the handle's charge, and the
   * buffer counts it.
   *
   * @return {@code null} when the handle was closed meanwhile; the descriptor is closed then
   */
  static LedgerFd exported(
      OwnedFd raw, Owner owner, Buffer buffer, Charge charge, LazySet<LedgerFd> siblings) {
    if (!charge.share()) {
      raw.close();
      return null;
    }
    boolean counted = false;
    LedgerFd fd = null;
    try {
      String description = "descriptor of a buffer of heap " + buffer.exporter().name();
      Runnable onClose =
          () -> {
            charge.unshare();
            buffer.unexported();
          };
      buffer.exported();
      counted = true;
      fd = new LedgerFd(raw, owner, description, siblings, onClose);
    } finally {
      if (fd == null) {
        giveUp(raw, buffer, charge, counted);
      }
    }
    return fd.inLedger();
  }

  /** What no ledger has would never be found again: it is closed. */
  private LedgerFd inLedger() {
    boolean added = false;
    try {
      owner.add(this);
      added = true;
      return this;
    } finally {
      if (!added) {
        close();
      }
    }
  }

  private static void giveUp(OwnedFd raw, Buffer buffer, Charge charge, boolean counted) {
    try {
      raw.close();
    } finally {
      charge.unshare();
      if (counted) {
        buffer.unexported();
      }
    }
  }

  @Override
  public int fd() {
    if (!open.get()) {
      throw new BufferClosedException("using a " + description + ": it was closed");
    }
    return raw.fd();
  }

  /** Keeps the descriptor open, also if its owner closes it, until {@link #unpin}. */
  OwnedFd pin() {
    if (!open.get() || !uses.enter()) {
      throw new BufferClosedException("using a " + description + ": it was closed");
    }
    return raw;
  }

  void unpin() {
    if (uses.exit()) {
      try {
        raw.close();
      } finally {
        onClose.run();
      }
    }
  }

  @Override
  public boolean isOpen() {
    return open.get();
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      siblings.remove(this);
      owner.remove(this);
      unpin();
    }
  }

  @Override
  public void closeForOwner() {
    close();
  }

  @Override
  public String heapName() {
    return "";
  }

  @Override
  public String describe() {
    return description;
  }
}
