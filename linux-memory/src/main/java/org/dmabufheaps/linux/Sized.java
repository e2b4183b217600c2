// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.Reservation;

/** A request for another size. */
record Sized(AllocationRequest request, long size) implements AllocationRequest {
  @Override
  public long mostBytes() {
    return request.mostBytes();
  }

  @Override
  public String account() {
    return request.account();
  }

  @Override
  public String label() {
    return request.label();
  }

  @Override
  public Reservation reserveFresh(long bytes) throws HeapException {
    return request.reserveFresh(bytes);
  }
}
