// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxBuffer.Origin;

/**
 * The memory of a region: its file, and one mapping of all of it that nobody else sees, through
 * which slices are zeroed. Its holders are the region and each of its slices; with the last of them
 * it goes back.
 */
final class RegionMemory {
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10);

  /** So much is zeroed through one byte buffer. */
  private static final long WINDOW_BYTES = 1L << 30;

  private final Kernel kernel;
  private final Fd fd;
  private final FileLayout layout;
  private final RegionTraits traits;
  private final Runnable gone;
  private final long address;
  private final AtomicInteger holders = new AtomicInteger(1);

  /**
   * Maps it; the caller holds it.
   *
   * @param fd its file, taken over, also when this throws
   * @param gone run after it has gone back, also when this throws
   */
  RegionMemory(Kernel kernel, Fd fd, FileLayout layout, RegionTraits traits, Runnable gone)
      throws HeapException {
    this.kernel = kernel;
    this.fd = fd;
    this.layout = layout;
    this.traits = traits;
    this.gone = gone;
    List<Range> all = layout.pieces(List.of(new Range(0, layout.bytes())));
    long mapped = fd.call(n -> Mmap.pieces(kernel, n, all, layout.blockBytes()));
    if (mapped < 0) {
      fd.close();
      gone.run();
    }
    address = Call.check(mapped, "mapping " + this);
  }

  long bytes() {
    return layout.bytes();
  }

  RegionTraits traits() {
    return traits;
  }

  /** Becomes a holder, unless the memory has gone back. */
  boolean enter() {
    return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
  }

  void leave() {
    if (holders.decrementAndGet() == 0) {
      giveBack();
    }
  }

  /** Lets nobody enter any more, unless there are more holders than one, who then gives it back. */
  boolean endIfAlone() {
    return holders.compareAndSet(1, 0);
  }

  /** After the last holder. */
  void giveBack() {
    Mmap.giveBack(kernel, address, layout.bytes());
    fd.close();
    gone.run();
  }

  /** Makes a dma-buf of ranges. */
  LinuxBuffer export(List<Range> ranges, String what) throws HeapException {
    Fd udmabuf = Udmabuf.createList(kernel, fd, layout.pieces(ranges));
    boolean done = false;
    try {
      long size = udmabuf.with(number -> Importer.dmaBufSize(kernel.sys(), number));
      if (size != bytes(ranges)) {
        throw new HeapException("making a udmabuf of " + what + ", which has " + size, Errno.EIO);
      }
      done = true;
      return new LinuxBuffer(kernel, udmabuf, Origin.DMA_BUF, size, true, what);
    } finally {
      if (!done) {
        udmabuf.close();
      }
    }
  }

  static long bytes(List<Range> ranges) {
    return ranges.stream().mapToLong(Range::length).sum();
  }

  /** Maps ranges one after the other. Where there are several, each is made of whole blocks. */
  Mapping map(List<Range> ranges, String what) throws HeapException {
    long size = bytes(ranges);
    List<Range> blocks = ranges.size() > 1 ? ranges : List.of(layout.aligned(ranges.get(0)));
    long lead = ranges.get(0).offset() - blocks.get(0).offset();
    List<Range> pieces = layout.pieces(blocks);
    return Mapping.of(
        kernel,
        () -> fd.call(n -> Mmap.pieces(kernel, n, pieces, layout.blockBytes())),
        bytes(blocks),
        new Range(lead, size),
        what);
  }

  /**
   * Zeroes ranges, by the copying of the VM, which survives memory that faults.
   *
   * @throws HeapException {@code EIO} when it does
   */
  void clear(List<Range> ranges) throws HeapException {
    try {
      ranges.forEach(this::clear);
    } catch (InternalError e) {
      throw new HeapException("zeroing a part of " + this + ", which faults", Errno.EIO, e);
    }
  }

  /** Zeroes memory of which that was not seen to when it was taken: physical memory. */
  void clearAllBut(List<Range> kept) throws HeapException {
    if (traits.physicalAddress().isEmpty()) {
      return;
    }
    FirstFitSpace rest = new FirstFitSpace(bytes(), kernel.pageSize());
    kept.forEach(rest::claim);
    clear(rest.freeRuns());
  }

  /** Returns what a former region in this place could not get back. */
  List<Range> quarantinedBefore() {
    OptionalLong start = traits.physicalAddress();
    return start.isEmpty()
        ? List.of()
        : kernel.physical().quarantinedOf(start.getAsLong(), bytes());
  }

  /** Notes ranges that no later region may use; only of physical memory there can be one. */
  void quarantine(List<Range> ranges) {
    traits
        .physicalAddress()
        .ifPresent(
            start ->
                ranges.forEach(
                    range -> kernel.physical().quarantine(start + range.offset(), range.length())));
  }

  private void clear(Range range) {
    long end = range.offset() + range.length();
    for (long at = range.offset(); at < end; at += WINDOW_BYTES) {
      int length = (int) Math.min(end - at, WINDOW_BYTES);
      ByteBuffer bytes = kernel.sys().buffer(address + at, length);
      while (bytes.hasRemaining()) {
        bytes.put(ZEROS.slice(0, Math.min(ZEROS.capacity(), bytes.remaining())));
      }
    }
  }

  /**
   * Gives the pages of ranges up and takes fresh ones, all zero. Whoever pinned the old ones keeps
   * them.
   */
  void renew(List<Range> ranges) throws HeapException {
    for (Range piece : layout.pieces(ranges)) {
      Memfd.punch(kernel, fd, piece, toString());
    }
    for (Range range : ranges) {
      List<Range> pieces = layout.pieces(List.of(range));
      Memfd.populate(kernel, fd, address + range.offset(), pieces, toString());
    }
  }

  /** Returns where ranges are in physical memory, if that is one known place. */
  OptionalLong physicalAddress(List<Range> ranges) {
    OptionalLong start = traits.physicalAddress();
    return start.isEmpty() || ranges.size() > 1
        ? OptionalLong.empty()
        : OptionalLong.of(start.getAsLong() + ranges.get(0).offset());
  }

  @Override
  public String toString() {
    return traits.backing() + " of " + layout.bytes() + " bytes";
  }
}
