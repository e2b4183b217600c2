// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ProviderType;

/** What a heap is asked for. Valid during {@link Heap#allocate}; thread-safe. */
@ProviderType
public interface AllocationRequest {

  /**
   * Returns the size.
   *
   * @return in bytes, positive, a multiple of the page size
   */
  long size();

  /**
   * Returns how large a buffer may be that is given only because it is there: it is charged as it
   * is. Where a quota applies that is what was asked for, since who may have four frames is to get
   * four frames.
   *
   * @return in bytes, at least {@link #size}
   */
  default long mostBytes() {
    return Long.MAX_VALUE;
  }

  /**
   * Returns the account that is charged besides the bundle.
   *
   * @return an account such as {@code "uid:1000"}; empty when there is none
   */
  String account();

  /**
   * Returns a name for the kernel's books.
   *
   * @return the symbolic name of the bundle that asked
   */
  String label();

  /**
   * Asks for admission. A heap calls this before it asks the system for new memory, for a pool's
   * prefill and refill as well: the kernel's system heap has no limit of its own, and one large
   * request makes the kernel end this process.
   *
   * @param bytes how much is going to be taken, positive
   * @return the reservation; it goes with the memory and is closed when that has returned to the
   *     system. When {@link Heap#allocate} throws, core closes it
   * @throws HeapException {@code ENOMEM} when the budget or the machine doesn't have it; the
   *     message says how much there is
   */
  Reservation reserveFresh(long bytes) throws HeapException;

  /**
   * Makes a request that admits everything and counts nothing: for a heap's own tests, without
   * core.
   *
   * @param size in bytes, positive, a multiple of the page size
   * @return the request, of no account and with an empty label
   */
  static AllocationRequest uncounted(long size) {
    return new Uncounted.Request(size);
  }
}
