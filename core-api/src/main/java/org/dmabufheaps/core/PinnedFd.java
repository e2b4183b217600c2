// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.OwnedFd;

/** A client's descriptor during one call, kept open if it is one of core's. */
record PinnedFd(OwnedFd raw, LedgerFd pinned) implements AutoCloseable {

  static PinnedFd of(OwnedFd fd) {
    if (fd == null) {
      throw new IllegalArgumentException("the descriptor is null");
    }
    return fd instanceof LedgerFd ledger
        ? new PinnedFd(ledger.pin(), ledger)
        : new PinnedFd(fd, null);
  }

  @Override
  public void close() {
    if (pinned != null) {
      pinned.unpin();
    }
  }
}
