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
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.View;

/**
 * A mapping of a whole buffer.
 *
 * <p>Byte buffers can't be larger than {@link Integer#MAX_VALUE}, so there is one for each GiB, as
 * long as it can be. What is handed out are slices of those; a slice keeps its root reachable.
 */
final class Mapping implements View {
  private static final int WINDOW_SHIFT = 30;

  private final Area area;
  private final long size;
  private final boolean writable;
  private final String what;
  private final Unclosed.Watched watched;

  /** By GiB; guarded by this. */
  private final Map<Long, ByteBuffer> windows = new HashMap<>();

  private boolean retired;

  private Mapping(Kernel kernel, long address, long size, boolean writable, String what) {
    this.size = size;
    this.writable = writable;
    this.what = what;
    this.area = new Area(kernel, address, size);
    Area lost = area;
    // Lost, not retired: whoever has a byte buffer goes on seeing the memory.
    this.watched = kernel.unclosed().watch(this, () -> lost.giveUp(false));
  }

  /** Maps a descriptor's memory. */
  static Mapping of(Kernel kernel, Fd fd, long size, boolean writable, String what)
      throws HeapException {
    kernel.tidy();
    kernel.retired().collectIfFull();
    long address = fd.call(number -> Mmap.shared(kernel.sys(), number, size, writable));
    if (Call.is(Errno.ENOMEM, address) && kernel.retired().collect()) {
      address = fd.call(number -> Mmap.shared(kernel.sys(), number, size, writable));
    }
    Call.check(address, "mapping " + what);
    return new Mapping(kernel, address, size, writable, what);
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
    if (offset - start + length <= Integer.MAX_VALUE) {
      ByteBuffer root =
          windows.computeIfAbsent(
              window, w -> area.root(start, (int) Math.min(size - start, Integer.MAX_VALUE)));
      slice = root.slice((int) (offset - start), length);
    } else {
      slice = area.root(offset, length).slice();
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

  /** The part that outlives the object when nobody retired it. Not reached by a byte buffer. */
  private static final class Area {
    private final Kernel kernel;
    private final long address;
    private final long size;
    private final List<PhantomReference<ByteBuffer>> roots = new ArrayList<>();

    Area(Kernel kernel, long address, long size) {
      this.kernel = kernel;
      this.address = address;
      this.size = size;
    }

    /** Called with the mapping's lock held, and not any more when it was retired. */
    ByteBuffer root(long offset, int length) {
      roots.removeIf(root -> root.refersTo(null));
      ByteBuffer root = kernel.sys().buffer(address + offset, length);
      roots.add(kernel.retired().follow(root));
      return root;
    }

    void giveUp(boolean replace) {
      kernel.retired().add(address, size, roots, replace);
      kernel.retired().poll();
    }
  }
}
