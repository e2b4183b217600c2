// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Reservation;

/** Admits what is taken outside of requests. */
record FreshMemory(Admission admission) implements MemoryBudget {
  @Override
  public Reservation reserve(String what, long bytes) throws HeapException {
    return admission.reserve(new Operation("reserving", bytes, "for", what), bytes);
  }
}
