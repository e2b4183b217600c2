// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** The allocation service as one bundle sees it, or one account of it. */
final class BundleAllocations implements AllocationService {
  private final Allocator allocator;
  private final HeapDirectory heaps;
  private final Owner owner;
  private final String account;

  BundleAllocations(Allocator allocator, HeapDirectory heaps, Owner owner, String account) {
    this.allocator = allocator;
    this.heaps = heaps;
    this.owner = owner;
    this.account = account;
  }

  @Override
  public DmaBuf allocate(String heap, long size) throws HeapException {
    owner.checkRunning();
    return allocator.allocate(heaps.find(heap), owner, account, size);
  }

  @Override
  public DmaBuf importFd(int fd) throws HeapException {
    return allocator.importFd(owner, account, fd);
  }

  @Override
  public DmaBuf importFd(OwnedFd fd) throws HeapException {
    try (PinnedFd pinned = PinnedFd.of(fd)) {
      return allocator.importFd(owner, account, pinned.raw().fd());
    }
  }

  @Override
  public DmaBuf share(DmaBuf other) throws HeapException {
    if (!(other instanceof Handle handle)) {
      throw new IllegalArgumentException("sharing " + other + ": it is no handle of this service");
    }
    return allocator.share(owner, account, handle);
  }

  @Override
  public AllocationService forAccount(String name) {
    return new BundleAllocations(allocator, heaps, owner, Text.check("account", name, 1));
  }
}
