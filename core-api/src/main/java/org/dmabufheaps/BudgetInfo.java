// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.dto.DTO;

/** What the runtime may take of the machine's memory, and what it has taken. In bytes. */
public class BudgetInfo extends DTO {
  /** The most that all heaps together may take. */
  public long budgetBytes;

  /** What has been taken: live, pooled, pending and quarantined memory. */
  public long takenBytes;

  /**
   * What the system has left, by its own account; {@link Long#MAX_VALUE} when it can't be asked.
   */
  public long availableBytes;

  /** What is always left to the rest of the system. */
  public long reserveBytes;
}
