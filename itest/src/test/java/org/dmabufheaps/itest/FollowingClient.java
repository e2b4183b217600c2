// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.List;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;

/** A component that is there while a heap is that it can use, and tells a list which one it has. */
public final class FollowingClient {
  private HeapAllocator heap;
  private List<String> events;
  private DmaBuf buffer;

  void activate() throws HeapException {
    buffer = heap.allocate(4096);
    events.add("with " + buffer.heap());
  }

  void deactivate() {
    events.add("leaves " + buffer.heap() + (buffer.isOpen() ? ", still usable" : ", too late"));
    buffer.close();
  }
}
