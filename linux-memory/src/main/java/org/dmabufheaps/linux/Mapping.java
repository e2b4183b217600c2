// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.ref.PhantomReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.View;

/**
 * A mapping of a whole buffer.
 *
 * <p>What is mapped may be more than the buffer: whole huge pages, of which the buffer is a part. A
 * byte buffer never reaches beyond the buffer.
 *
 * <p>Byte buffers can't be larger than {@link Integer#MAX_VALUE}, so there is one for each GiB, as
 * long as it can be. What is handed out are slices of those; a slice keeps its root reachable.
 */
final class Mapping implements View {
  private static final int WINDOW_SHIFT = 30;
  private static final long WINDOW_BYTES = 1L << WINDOW_SHIFT;

  /** As long as every Java makes byte buffers in its own way; who asks for more gets it alone. */
  private static final int MAX_WINDOW = Integer.MAX_VALUE - 8;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10);

  private final Area area;
  private final long lead;
  private final long size;
  private final boolean writable;
  private final String what;
  private final Unclosed.Watched watched;

  /** By GiB; guarded by this. */
  private final Map<Long, ByteBuffer> windows = new HashMap<>();

  private boolean retired;

  private Mapping(Area area, long lead, long size, boolean writable, String what) {
    this.area = area;
    this.lead = lead;
    this.size = size;
    this.writable = writable;
    this.what = what;
    Area lost = area;
    // Lost, not retired: whoever has a byte buffer goes on seeing the memory.
    this.watched = area.kernel.unclosed().watch(this, () -> lost.giveUp(false));
  }

  /** Maps, and returns the address or a negative error number. */
  interface MapCall {
    long map();
  }

  /** Maps a descriptor's memory. */
  static Mapping of(Kernel kernel, Fd fd, long size, boolean writable, String what)
      throws HeapException {
    // Of a memfd that somebody else made the last page may be a part; it is mapped whole.
    long mapped = (size + kernel.pageSize() - 1) & -kernel.pageSize();
    MapCall call = () -> fd.call(number -> Mmap.shared(kernel.sys(), number, mapped, writable));
    return new Mapping(new Area(kernel, map(kernel, call, what), mapped), 0, size, writable, what);
  }

  /** Maps a part of a region, readable and writable; {@code window} is the buffer's part of it. */
  static Mapping of(Kernel kernel, MapCall call, long mapped, Range window, String what)
      throws HeapException {
    Area area = new Area(kernel, map(kernel, call, what), mapped);
    return new Mapping(area, window.offset(), window.length(), true, what);
  }

  /** Maps a new memfd, whose pages are taken and cleared by that. */
  static Mapping populated(Kernel kernel, Fd fd, long size, String what) throws HeapException {
    Mapping mapping = of(kernel, fd, size, true, what);
    boolean done = false;
    try {
      Memfd.populate(kernel, fd, mapping.area.address, List.of(new Range(0, size)), what);
      done = true;
      return mapping;
    } finally {
      if (!done) {
        mapping.retire();
      }
    }
  }

  private static long map(Kernel kernel, MapCall call, String what) throws HeapException {
    kernel.tidy();
    kernel.retired().makeRoom(what);
    long address = call.map();
    if (Call.is(Errno.ENOMEM, address) && kernel.retired().collect(RetiredViews.SELDOM_SECONDS)) {
      address = call.map();
    }
    return Call.check(address, "mapping " + what);
  }

  @Override
  public synchronized ByteBuffer bytes(long offset, int length) {
    Objects.checkFromIndexSize(offset, /* size= */ length, /* length= */ size);
    if (retired) {
      throw new BufferClosedException("a view of " + what + " was retired");
    }
    long window = offset >>> WINDOW_SHIFT;
    long start = window << WINDOW_SHIFT;
    ByteBuffer slice;
    if (offset - start + length <= MAX_WINDOW) {
      ByteBuffer root =
          windows.computeIfAbsent(
              window, w -> area.root(lead + start, (int) Math.min(size - start, MAX_WINDOW)));
      slice = root.slice((int) (offset - start), length);
    } else {
      slice = area.root(lead + offset, length).slice();
    }
    return (writable ? slice : slice.asReadOnlyBuffer()).order(ByteOrder.nativeOrder());
  }

  @Override
  public void retire() {
    synchronized (this) {
      if (retired) {
        return;
      }
      retired = true;
      windows.clear();
    }
    if (watched.closed()) {
      area.giveUp(true);
    }
  }

  /**
   * Parts the memory from the byte buffers, as {@link #retire} does, and goes on with it as a
   * mapping that nobody has seen. Where byte buffers can still be reached it is another place: the
   * pages move there, which is far cheaper than mapping them once more, and until the old place is
   * replaced a byte buffer finds its former content there again.
   *
   * @param fd the memory's
   * @return {@code null} when it could not be parted: then the memory must not be used again
   */
  Mapping renewed(Fd fd) throws HeapException {
    synchronized (this) {
      if (retired) {
        return null;
      }
      retired = true;
      windows.clear();
    }
    if (!watched.closed()) {
      return null;
    }
    Area next = area.next(fd, what);
    return next == null ? null : new Mapping(next, lead, size, writable, what);
  }

  /** Zeroes the memory, by the copying of the VM, which survives memory that faults. */
  void clear() throws HeapException {
    try {
      area.clear();
    } catch (InternalError e) {
      throw new HeapException("zeroing " + what + ", which faults", Errno.EIO, e);
    }
  }

  /** Makes all pages be there; a kernel that can't do so in advance does it later. */
  void populate() {
    Mmap.populate(area.kernel.sys(), area.address, area.size);
  }

  /** Tells whether the memory was parted from the byte buffers; not before {@link #retire}. */
  boolean isParted() {
    return area.isParted();
  }

  /** The part that outlives the object when nobody retired it. Not reached by a byte buffer. */
  private static final class Area {
    private final Kernel kernel;
    private final long address;
    private final long size;
    private final List<PhantomReference<Object>> roots = new ArrayList<>();
    private volatile BooleanSupplier parted = () -> false;

    Area(Kernel kernel, long address, long size) {
      this.kernel = kernel;
      this.address = address;
      this.size = size;
    }

    /** Called with the mapping's lock held, and not any more when it was retired. */
    ByteBuffer root(long offset, int length) {
      roots.removeIf(root -> root.refersTo(null));
      ByteBuffer root = kernel.sys().buffer(address + offset, length);
      roots.add(kernel.retired().follow(kernel.sys().root(root)));
      return root;
    }

    boolean isParted() {
      return parted.getAsBoolean();
    }

    /** Returns where the memory goes on, when byte buffers could be parted from it. */
    Area next(Fd fd, String what) throws HeapException {
      if (roots.stream().allMatch(root -> root.refersTo(null))) {
        return new Area(kernel, address, size);
      }
      if (kernel.retired().isFull()) {
        // Not used again; whoever maps new memory in its place asks for a collection.
        giveUp(true);
        return null;
      }
      long moved = Mmap.move(kernel.sys(), address, size);
      if (moved < 0) {
        // A dma-buf's mapping can't be moved while the old place stays mapped.
        moved = fd.call(number -> Mmap.shared(kernel.sys(), number, size, true));
      }
      giveUp(true);
      Call.check(moved, "mapping " + what + " at a second place");
      if (isParted()) {
        return new Area(kernel, moved, size);
      }
      Mmap.giveBack(kernel, moved, size);
      return null;
    }

    void clear() {
      for (long at = 0; at < size; at += WINDOW_BYTES) {
        int length = (int) Math.min(size - at, WINDOW_BYTES);
        ByteBuffer bytes = kernel.sys().buffer(address + at, length);
        while (bytes.hasRemaining()) {
          bytes.put(ZEROS.slice(0, Math.min(ZEROS.capacity(), bytes.remaining())));
        }
      }
    }

    void giveUp(boolean replace) {
      parted = kernel.retired().add(address, size, roots, replace);
      kernel.retired().poll();
    }
  }
}
