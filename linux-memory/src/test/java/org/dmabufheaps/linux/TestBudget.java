// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Reservation;

/** Admits everything, and counts it with {@link TestRequest}'s. */
record TestBudget() implements MemoryBudget {
  @Override
  public Reservation reserve(String what, long bytes) throws HeapException {
    return new TestRequest(bytes).reserveFresh(bytes);
  }
}
