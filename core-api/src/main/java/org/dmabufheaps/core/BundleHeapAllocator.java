// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;

/** One heap's allocator as one bundle sees it. */
record BundleHeapAllocator(Allocator allocator, BoundHeap heap, Owner owner)
    implements HeapAllocator {

  @Override
  public DmaBuf allocate(long size) throws HeapException {
    return allocator.allocate(heap, owner, "", size);
  }
}
