// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Reservation;

/** Takes the memory of regions. */
final class Regions {
  private static final String LABEL = "region";

  private final Kernel kernel;
  private final PinProbe pins;

  Regions(Kernel kernel, PinProbe pins) {
    this.kernel = kernel;
    this.pins = pins;
  }

  Region open(
      RegionSource source, Placement placement, MemoryBudget budget, Consumer<String> report)
      throws HeapException {
    RegionMemory memory = take(source, placement, budget);
    boolean done = false;
    try {
      Space space = Space.of(placement, memory.bytes(), kernel.pageSize());
      Region region = new SlicedRegion(kernel, pins, memory, space, report);
      done = true;
      return region;
    } finally {
      if (!done) {
        memory.leave();
      }
    }
  }

  private RegionMemory take(RegionSource source, Placement placement, MemoryBudget budget)
      throws HeapException {
    if (source instanceof RegionSource.Memfd memfd) {
      return memfd(Space.roundUp(memfd.bytes(), kernel.pageSize()), placement, budget);
    }
    throw new HeapException("taking " + source, Errno.ENOSYS);
  }

  private RegionMemory memfd(long bytes, Placement placement, MemoryBudget budget)
      throws HeapException {
    checkChunks(placement, bytes, kernel.pageSize());
    Reservation reservation = budget.reserve("a region", bytes);
    Fd fd = null;
    try {
      fd = Memfd.create(kernel, bytes, LABEL, Udmabuf.SEALS | Memfd.F_SEAL_SEAL);
    } finally {
      if (fd == null) {
        reservation.close();
      }
    }
    reservation.populated();
    FileLayout layout = FileLayout.straight(0, bytes, kernel.pageSize());
    return new RegionMemory(
        kernel, fd, layout, traits("region-memfd", fd, true), reservation::close);
  }

  /** Finds out whether udmabuf takes this memory. */
  private RegionTraits traits(String backing, Fd fd, boolean renewable) {
    String reason = "";
    try {
      Udmabuf.createList(kernel, fd, List.of(new Range(0, kernel.pageSize()))).close();
    } catch (HeapException e) {
      reason = "exports nothing: " + e.getMessage();
    }
    return new RegionTraits(backing, reason.isEmpty(), reason, renewable, OptionalLong.empty());
  }

  private static void checkChunks(Placement placement, long bytes, long blockBytes) {
    if (placement instanceof Placement.Chunks chunks
        && (chunks.chunkBytes() % blockBytes != 0 || chunks.chunkBytes() > bytes)) {
      throw new IllegalArgumentException(
          "chunks of "
              + chunks.chunkBytes()
              + " bytes in a region of "
              + bytes
              + ": a multiple of "
              + blockBytes
              + " is needed, not larger than the region");
    }
  }
}
