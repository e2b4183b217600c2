// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Admits fresh memory that no single request asks for: a region that is set aside at the start, a
 * page pool's refill. A service of core, thread-safe. The checks are those of {@link
 * AllocationRequest#reserveFresh}, which is for memory that a request asks for.
 */
@ProviderType
public interface MemoryBudget {

  /**
   * Asks for admission.
   *
   * @param what names the memory in a refusal, such as {@code "region of heap video"}
   * @param bytes how much is going to be taken, positive
   * @return the reservation. Whoever asked says when the memory is there ({@link
   *     Reservation#populated}), and closes it when the memory has returned to the system
   * @throws HeapException {@code ENOMEM} when the budget or the machine doesn't have it; the
   *     message says how much there is
   */
  Reservation reserve(String what, long bytes) throws HeapException;
}
