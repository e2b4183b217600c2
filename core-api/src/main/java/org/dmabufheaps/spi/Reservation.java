// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.osgi.annotation.versioning.ProviderType;

/** An admitted amount of fresh memory, from {@link AllocationRequest#reserveFresh}. Thread-safe. */
@ProviderType
public interface Reservation extends AutoCloseable {

  /**
   * Returns the amount.
   *
   * @return in bytes
   */
  long bytes();

  /**
   * Tells that the memory has been taken and the system's own figures count it. Core does so itself
   * when {@link Heap#allocate} returns; who fills a pool in the background calls it. A second call
   * does nothing.
   */
  void populated();

  /** Tells that the memory has returned to the system. Never throws; a second call does nothing. */
  @Override
  void close();

  /**
   * Makes a reservation that counts nothing, as {@link AllocationRequest#uncounted} gives it.
   *
   * @param bytes the amount
   * @return the reservation
   */
  static Reservation uncounted(long bytes) {
    return new Uncounted.Fresh(bytes);
  }
}
