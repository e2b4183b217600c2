// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Reservation;

/** A request that no client made. */
final class Advance implements AllocationRequest {
  private final String heap;
  private final MemoryBudget budget;
  private final long size;
  private Reservation reservation;

  Advance(String heap, MemoryBudget budget, long size) {
    this.heap = heap;
    this.budget = budget;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String account() {
    return "";
  }

  @Override
  public String label() {
    return "";
  }

  @Override
  public Reservation reserveFresh(long bytes) throws HeapException {
    reservation = budget.reserve("pool of heap " + heap, bytes);
    return reservation;
  }

  void populated() {
    if (reservation != null) {
      reservation.populated();
    }
  }
}
