// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.function.Supplier;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BudgetInfo;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.conformance.Options;

/**
 * The heap that is being checked, and what it is checked by.
 *
 * @param heap its name
 * @param service allocates from it
 * @param registry has the books
 * @param sockets carries descriptors; gives null when there are no sockets
 * @param facts about the process
 * @param ownerId the id of the bundle that owns what the kit opens
 * @param options how hard to try
 */
record Target(
    String heap,
    AllocationService service,
    HeapRegistry registry,
    Supplier<FdSockets> sockets,
    ProcessFacts facts,
    long ownerId,
    Options options) {

  /** Returns the heap's entry in the books, or an empty one when it has gone. */
  HeapInfo info() {
    return registry.heaps().stream()
        .filter(info -> info.name.equals(heap) && info.available)
        .findFirst()
        .orElseGet(HeapInfo::new);
  }

  /** Tells whether core or the heap refuses a size for sure, by a limit that they have told. */
  boolean refuses(long size) {
    HeapInfo info = info();
    long limit = Math.min(info.maxBytes, info.limitBytes);
    return size > Math.min(limit, registry.budget().budgetBytes);
  }

  /** Returns how many bytes one buffer of a check may have at most. */
  long largestBytes() {
    return options.largestBytes() > 0 ? options.largestBytes() : roomBytes() / 8;
  }

  private long roomBytes() {
    BudgetInfo budget = registry.budget();
    long granted = budget.budgetBytes - budget.takenBytes;
    return Math.max(0, Math.min(granted, budget.availableBytes - budget.reserveBytes));
  }
}
