// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.OwnedFd;

/** A client's descriptor during one call, which keeps it open. */
record PinnedFd(OwnedFd raw, LedgerFd pinned) implements AutoCloseable {

  /**
   * Begins the call.
   *
   * @throws IllegalArgumentException when it is none that core gave out: its number could be any
   *     file of this process, and be closed at any time
   */
  static PinnedFd of(OwnedFd fd) {
    if (fd instanceof LedgerFd ledger) {
      return new PinnedFd(ledger.pin(), ledger);
    }
    throw new IllegalArgumentException(
        "the descriptor is " + (fd == null ? "null" : "not of this API: import its number"));
  }

  @Override
  public void close() {
    pinned.unpin();
  }
}
