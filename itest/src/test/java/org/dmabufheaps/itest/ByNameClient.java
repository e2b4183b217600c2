// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;

/**
 * A component that is there while a heap is, and allocates by the heap's name. It attaches a device
 * and closes nothing.
 */
public final class ByNameClient {
  private HeapAllocator gate;
  private AllocationService allocations;
  private List<String> events;

  void activate() {
    try {
      DmaBuf byName = allocations.allocate(allocator().heap(), 4096);
      byName.attach("npu0", Access.READ, () -> events.add("revoked"));
      DmaBuf ofAnother = allocations.allocate("system", 4096);
      ofAnother.label("kept");
      events.add("allocated");
    } catch (HeapException | RuntimeException e) {
      events.add(e.toString());
    }
  }

  /** Any buffer of the heap tells its name. */
  private DmaBuf allocator() throws HeapException {
    try (DmaBuf buffer = gate.allocate(1)) {
      return buffer;
    }
  }

  void deactivate() {
    events.add("deactivated");
  }
}
