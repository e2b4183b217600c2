// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.Reservation;

/**
 * A request for another size.
 *
 * @param original admits the memory; null for memory beside the books
 * @param size in bytes
 */
record Resized(AllocationRequest original, long size) implements AllocationRequest {
  @Override
  public long mostBytes() {
    return original.mostBytes();
  }

  @Override
  public String account() {
    return "";
  }

  @Override
  public String label() {
    return "faulty";
  }

  @Override
  public Reservation reserveFresh(long bytes) throws HeapException {
    return original != null ? original.reserveFresh(bytes) : new Unbooked(bytes);
  }

  /** A reservation of nothing. */
  record Unbooked(long bytes) implements Reservation {
    @Override
    public void populated() {}

    @Override
    public void close() {}
  }
}
