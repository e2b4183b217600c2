// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Reservation;

/** Takes the memory of regions. */
final class Regions {
  private static final String LABEL = "region";
  private static final int SEALS = Udmabuf.SEALS | Memfd.F_SEAL_SEAL;

  /** Errors that say nothing about what this kernel can do. */
  private static final Set<Errno> PASSING =
      EnumSet.of(Errno.ENOMEM, Errno.EMFILE, Errno.ENFILE, Errno.EIO);

  private final Kernel kernel;
  private final PinProbe pins;

  Regions(Kernel kernel, PinProbe pins) {
    this.kernel = kernel;
    this.pins = pins;
  }

  Region open(
      RegionSource source, Placement placement, MemoryBudget budget, Consumer<String> report)
      throws HeapException {
    return open(take(source, placement, budget), placement, report);
  }

  /** Makes a region of memory, which goes back when that fails. */
  Region open(RegionMemory memory, Placement placement, Consumer<String> report)
      throws HeapException {
    boolean done = false;
    try {
      Space space = Space.of(placement, memory.bytes(), kernel.pageSize());
      SlicedRegion region = new SlicedRegion(kernel, pins, memory, space, report);
      region.start();
      done = true;
      return new OpenRegion(kernel, region);
    } finally {
      if (!done) {
        memory.leave();
      }
    }
  }

  private RegionMemory take(RegionSource source, Placement placement, MemoryBudget budget)
      throws HeapException {
    if (source instanceof RegionSource.Physical physical) {
      return physical(physical, placement);
    }
    return source instanceof RegionSource.HugePages huge
        ? hugePages(huge, placement)
        : memfd(Space.roundUp(source.bytes(), kernel.pageSize()), placement, budget);
  }

  private RegionMemory memfd(long bytes, Placement placement, MemoryBudget budget)
      throws HeapException {
    checkChunks(placement, bytes, kernel.pageSize());
    Reservation reservation = budget.reserve("a region", bytes);
    Fd fd = null;
    RegionTraits traits = null;
    try {
      fd = Memfd.create(kernel, bytes, LABEL, SEALS);
      traits = traits("region-memfd", fd, true);
    } finally {
      if (traits == null) {
        close(fd);
        reservation.close();
      }
    }
    reservation.populated();
    FileLayout layout = FileLayout.straight(0, bytes, kernel.pageSize());
    return new RegionMemory(kernel, fd, layout, traits, reservation::close);
  }

  /** Huge pages have left the system's available memory when they were set aside. */
  private RegionMemory hugePages(RegionSource.HugePages source, Placement placement)
      throws HeapException {
    if (source.contiguous()) {
      checkUdmabuf(source.bytes());
    }
    HugePages pool = HugePages.of(source.pageBytes());
    long bytes = Space.roundUp(source.bytes(), pool.pageBytes());
    checkChunks(placement, bytes, pool.pageBytes());
    if (source.contiguous() && bytes > pool.pageBytes()) {
      // What can't be done with one huge page is found out before all are taken.
      hugePages(new RegionSource.HugePages(1, pool.pageBytes(), true), Placement.firstFit())
          .leave();
    }
    Fd fd = pool.memfd(kernel, bytes, LABEL, SEALS);
    boolean done = false;
    try {
      RegionTraits traits = traits("region-hugetlb", fd, false);
      RegionMemory memory =
          source.contiguous()
              ? contiguous(fd, bytes, pool.pageBytes(), traits)
              : new RegionMemory(
                  kernel, fd, FileLayout.straight(0, bytes, pool.pageBytes()), traits, () -> {});
      done = true;
      return memory;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  private void checkUdmabuf(long bytes) throws HeapException {
    DeviceNode node = Devices.probe(kernel, LinuxMemory.UDMABUF);
    if (!node.usable()) {
      String reason = node.path() + ": " + node.reason();
      throw new HeapException(inOneRange(bytes) + reason, Errno.ENOTSUP);
    }
  }

  private static String inOneRange(long bytes) {
    return "keeping " + bytes + " bytes of huge pages in one physical range: ";
  }

  /** Without a udmabuf over them the kernel may move pages, and they are contiguous no more. */
  private RegionMemory contiguous(Fd fd, long bytes, long pageBytes, RegionTraits traits)
      throws HeapException {
    if (!traits.exports()) {
      throw new HeapException(inOneRange(bytes) + traits.reason(), Errno.ENOTSUP);
    }
    ContiguousPages pages = ContiguousPages.of(kernel, fd, bytes, pageBytes);
    String reason = "";
    if (pages.layout().bytes() < bytes) {
      reason = "the longest physical range is " + pages.layout().bytes() + " bytes of " + bytes;
    }
    return new RegionMemory(
        kernel,
        fd,
        pages.layout(),
        new RegionTraits(traits.backing(), true, reason, false, OptionalLong.empty()),
        () -> pages.pins().forEach(Fd::close));
  }

  private RegionMemory physical(RegionSource.Physical source, Placement placement)
      throws HeapException {
    FileLayout layout = PhysicalDevice.layout(Path.of("/"), source, kernel.pageSize());
    checkChunks(placement, source.bytes(), layout.blockBytes());
    return physical(source, () -> Devices.open(kernel, source.device(), Abi.O_RDWR), layout);
  }

  /** Opens a device. */
  interface Opening {
    Fd open() throws HeapException;
  }

  /** Maps physical memory that is at a place of a device. */
  RegionMemory physical(RegionSource.Physical source, Opening device, FileLayout layout)
      throws HeapException {
    Runnable claim =
        kernel.physical().claim(source.address(), source.bytes(), PhysicalDevice.describe(source));
    Fd fd = null;
    try {
      fd = device.open();
    } finally {
      if (fd == null) {
        claim.run();
      }
    }
    RegionTraits traits =
        new RegionTraits(
            "region-physical",
            false,
            "exports nothing: memory by its address has no descriptor",
            false,
            OptionalLong.of(source.address()));
    return new RegionMemory(kernel, fd, layout, traits, claim);
  }

  private static void close(Fd fd) {
    if (fd != null) {
      fd.close();
    }
  }

  /** Finds out whether udmabuf takes this memory; what may be otherwise next time is thrown. */
  private RegionTraits traits(String backing, Fd fd, boolean renewable) throws HeapException {
    String reason = "";
    try {
      Udmabuf.createList(kernel, fd, List.of(new Range(0, kernel.pageSize()))).close();
    } catch (HeapException e) {
      if (PASSING.stream().anyMatch(errno -> errno.is(e))) {
        throw e;
      }
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
