// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;

/** A component that is there while its heap is, and tells a list of its life. */
public final class GatedClient {
  private HeapAllocator heap;
  private List<String> events;
  private DmaBuf buffer;

  void activate() throws HeapException {
    buffer = heap.allocate(4096);
    events.add("activated, first byte " + first(Access.WRITE));
  }

  void deactivate() throws HeapException {
    events.add("deactivated, first byte " + first(Access.READ));
    buffer.close();
  }

  private int first(Access access) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(access)) {
      int first = cpu.bytes().get(0);
      if (access.writes()) {
        cpu.bytes().put(0, (byte) 7);
      }
      return first;
    }
  }
}
