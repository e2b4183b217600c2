// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;

/** What the owner of a region has of it. One that was lost is closed. */
final class OpenRegion implements Region {
  private final SlicedRegion region;
  private final Unclosed.Watched watched;

  OpenRegion(Kernel kernel, SlicedRegion region) {
    this.region = region;
    this.watched = kernel.unclosed().watch(this, region::close);
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    return region.allocate(request);
  }

  @Override
  public RegionInfo info() {
    return region.info();
  }

  @Override
  public boolean closeIfIdle() {
    boolean closed = region.closeIfIdle();
    if (closed) {
      watched.closed();
    }
    return closed;
  }

  @Override
  public void close() {
    if (watched.closed()) {
      region.close();
    }
  }

  @Override
  public String toString() {
    return region.toString();
  }
}
