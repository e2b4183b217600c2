// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Reservation;
import org.dmabufheaps.spi.View;

/**
 * A dma-buf or a memfd: the operations of {@code include/uapi/linux/dma-buf.h} on a descriptor.
 *
 * <p>One whose descriptor was opened for reading only (imported ones may be) is mapped so: its byte
 * buffers are read-only, and an access that writes is refused.
 */
final class LinuxBuffer implements DmaBufOps {
  private static final int MAX_NAME_BYTES = 31;

  // The flags of struct dma_buf_sync.
  private static final int SYNC_READ = 1;
  private static final int SYNC_WRITE = 2;
  private static final int SYNC_START = 0;
  private static final int SYNC_END = 4;

  /** All values of {@code struct dma_buf_sync}; the kernel only reads them. */
  private static final ByteBuffer[] SYNC = new ByteBuffer[8];

  static {
    for (int flags = 0; flags < SYNC.length; flags++) {
      SYNC[flags] = Call.struct(Long.BYTES).putLong(0, flags);
    }
  }

  /** Where a buffer came from. */
  enum Origin {
    /** Made here, as a dma-buf. */
    DMA_BUF,
    /** Made here, as a memfd. */
    MEMFD,
    /** Made elsewhere, as a dma-buf. */
    IMPORTED_DMA_BUF,
    /** Made elsewhere, as a memfd. */
    IMPORTED_MEMFD
  }

  private final Kernel kernel;
  private final Fd fd;
  private final Origin origin;
  private final long size;
  private final boolean writable;
  private final String what;

  /** A mapping that nobody has seen, if there is one; whoever maps first gets it. */
  private final AtomicReference<Mapping> unseen = new AtomicReference<>();

  /** Of memory that was made elsewhere nothing was taken. */
  private volatile Holders holders = new Holders(() -> {});

  /**
   * Makes a buffer, which owns the descriptor from now on.
   *
   * @param what names it in messages
   */
  LinuxBuffer(Kernel kernel, Fd fd, Origin origin, long size, boolean writable, String what) {
    this.kernel = kernel;
    this.fd = fd;
    this.origin = origin;
    this.size = size;
    this.writable = writable;
    this.what = what + " of " + size + " bytes";
  }

  /** Makes a buffer of a memfd that is mapped already; it owns both from now on. */
  static LinuxBuffer of(Kernel kernel, Memfd.Mapped memfd, long size) {
    LinuxBuffer buffer = new LinuxBuffer(kernel, memfd.fd(), Origin.MEMFD, size, true, "memfd");
    buffer.unseen.set(memfd.mapping());
    return buffer;
  }

  /** Makes a buffer of a new dma-buf, whose real size must be what was asked for or more. */
  static LinuxBuffer ofDmaBuf(Kernel kernel, Fd fd, long asked, String what) throws HeapException {
    boolean done = false;
    try {
      long size = fd.with(number -> Importer.dmaBufSize(kernel.sys(), number));
      if (size < asked) {
        throw new HeapException(
            "allocating " + asked + " bytes of " + what + ", which gave " + size, Errno.EIO);
      }
      done = true;
      return new LinuxBuffer(kernel, fd, Origin.DMA_BUF, size, true, what);
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  Fd fd() {
    return fd;
  }

  Origin origin() {
    return origin;
  }

  /** Returns how much of a memfd the kernel has not provided yet; a dma-buf has all of it. */
  long missingBytes() throws HeapException {
    if (isDmaBuf()) {
      return 0;
    }
    return fd.with(number -> FileFacts.of(kernel.sys(), number)).missingBytes();
  }

  private boolean isDmaBuf() {
    return origin == Origin.DMA_BUF || origin == Origin.IMPORTED_DMA_BUF;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public View map() throws HeapException {
    Mapping ready = takeUnseen();
    return ready != null ? ready : Mapping.of(kernel, fd, size, writable, what);
  }

  /** Takes the mapping that nobody has seen; {@code null} when there is none. */
  Mapping takeUnseen() {
    return unseen.getAndSet(null);
  }

  @Override
  public void beginCpuAccess(Access access) throws HeapException {
    if (access.writes() && !writable) {
      throw new HeapException(
          "beginning to write " + what + ", which can only be read", Errno.EACCES);
    }
    sync(SYNC_START, access, "beginning access to ");
  }

  @Override
  public void endCpuAccess(Access access) throws HeapException {
    sync(SYNC_END, access, "ending access to ");
  }

  private void sync(int edge, Access access, String verb) throws HeapException {
    if (!isDmaBuf()) {
      return;
    }
    int flags = edge | (access.reads() ? SYNC_READ : 0) | (access.writes() ? SYNC_WRITE : 0);
    long request = kernel.abi().ioctl().dmaBufSync();
    long result;
    do {
      result = fd.call(number -> kernel.sys().ioctl(number, request, SYNC[flags]));
    } while (Call.is(Errno.EAGAIN, result));
    if (result < 0) {
      throw Call.failed(verb + what + " for " + access, result);
    }
  }

  /** The memory counts as taken until the last of this process's descriptors of it is closed. */
  void takenBy(Reservation reservation) {
    Holders taken = new Holders(reservation::close);
    holders = taken;
    fd.afterClose(taken::leave);
  }

  @Override
  public OwnedFd exportFd() throws HeapException {
    kernel.tidy();
    Holders taken = holders;
    taken.enter();
    boolean done = false;
    try {
      // A dma-buf can't be opened anew; its references are counted as they are.
      Fd exported = origin == Origin.MEMFD ? fd.reopened(what) : fd.duplicate(what);
      exported.afterClose(taken::leave);
      done = true;
      return exported;
    } finally {
      if (!done) {
        taken.leave();
      }
    }
  }

  /** Counts who holds the memory here, this buffer's own descriptor included. */
  private static final class Holders {
    private final AtomicInteger count = new AtomicInteger(1);
    private final Runnable none;

    Holders(Runnable none) {
      this.none = none;
    }

    void enter() {
      count.incrementAndGet();
    }

    void leave() {
      if (count.decrementAndGet() == 0) {
        none.run();
      }
    }
  }

  @Override
  public void label(String text) throws HeapException {
    if (!isDmaBuf()) {
      return;
    }
    ByteBuffer name = Call.string(text, MAX_NAME_BYTES);
    long request = kernel.abi().ioctl().dmaBufSetName(kernel.sys().wordBytes());
    Call.check(
        fd.call(number -> kernel.sys().ioctl(number, request, name)),
        "naming " + what + " \"" + text + "\"");
  }

  /** Names a new dma-buf; a kernel that can't is no reason to have none. */
  void tryLabel(String text) {
    try {
      if (!text.isEmpty()) {
        label(text);
      }
    } catch (HeapException e) {
      return;
    }
  }

  @Override
  public void release() {
    Mapping ready = takeUnseen();
    if (ready != null) {
      ready.retire();
    }
    fd.close();
  }

  @Override
  public String toString() {
    return what;
  }
}
