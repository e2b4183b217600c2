// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.dmabufheaps.Access;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.View;

/**
 * A vendor's heap, which does wrong what its property {@code misdeed} says, and tells a list what
 * becomes of it. A misdeed that blocks does so until a gate opens.
 */
public final class VendorHeap implements Heap {
  /** What a vendor may do. */
  enum Misdeed {
    NONE,
    THROWS_IN_ACTIVATE,
    GIVES_NULL,
    THROWS_ERROR,
    THROWS_RUNTIME_EXCEPTION,
    LACKS_A_CLASS,
    BLOCKS_IN_ALLOCATE,
    BLOCKS_IN_STATUS,
    BLOCKS_IN_RELEASE,
    THROWS_IN_STATUS,
    THROWS_IN_RELEASE,
    TELLS_TOO_LARGE_A_SIZE,
    TELLS_TOO_SMALL_A_SIZE,
    TELLS_A_NEGATIVE_SIZE,
    MAPS_NOTHING
  }

  private LinuxMemory linux;
  private List<String> events;
  private CountDownLatch gate;
  private Misdeed misdeed;

  void activate(Map<String, Object> properties) {
    misdeed = Misdeed.valueOf((String) properties.get("misdeed"));
    if (misdeed == Misdeed.THROWS_IN_ACTIVATE) {
      throw new IllegalStateException("on purpose");
    }
  }

  void deactivate() {
    events.add("deactivated");
  }

  @Override
  public HeapStatus status() {
    if (misdeed == Misdeed.THROWS_IN_STATUS) {
      throw new IllegalStateException("on purpose");
    }
    blockIf(Misdeed.BLOCKS_IN_STATUS);
    return HeapStatus.usable().with(HeapAllocator.EXPORTS, "memfd");
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    switch (misdeed) {
      case GIVES_NULL -> {
        return null;
      }
      case THROWS_ERROR -> throw new StackOverflowError("on purpose");
      case THROWS_RUNTIME_EXCEPTION -> throw new IllegalStateException("on purpose");
      case LACKS_A_CLASS -> throw new NoClassDefFoundError("on/purpose");
      default -> {
        Buffer buffer = new Buffer(linux.memfd(request));
        blockIf(Misdeed.BLOCKS_IN_ALLOCATE);
        return buffer;
      }
    }
  }

  private void blockIf(Misdeed which) {
    if (misdeed == which) {
      events.add("blocked");
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A buffer that tells when it is mapped no more and when it is released. */
  final class Buffer implements DmaBufOps {
    private final DmaBufOps memory;

    Buffer(DmaBufOps memory) {
      this.memory = memory;
    }

    @Override
    public long size() {
      return switch (misdeed) {
        case TELLS_TOO_LARGE_A_SIZE -> memory.size() + (1 << 20);
        case TELLS_TOO_SMALL_A_SIZE -> memory.size() - 1;
        case TELLS_A_NEGATIVE_SIZE -> -memory.size();
        default -> memory.size();
      };
    }

    @Override
    public View map() throws HeapException {
      return misdeed == Misdeed.MAPS_NOTHING ? null : new Mapped(memory.map());
    }

    @Override
    public void beginCpuAccess(Access access) throws HeapException {
      memory.beginCpuAccess(access);
    }

    @Override
    public void endCpuAccess(Access access) throws HeapException {
      memory.endCpuAccess(access);
    }

    @Override
    public OwnedFd exportFd() throws HeapException {
      return memory.exportFd();
    }

    @Override
    public void detach(String device, Access access) {
      events.add("detached");
    }

    @Override
    public void release() {
      blockIf(Misdeed.BLOCKS_IN_RELEASE);
      if (misdeed == Misdeed.THROWS_IN_RELEASE) {
        throw new IllegalStateException("on purpose");
      }
      Late.release(memory);
      events.add("released");
    }

    @Override
    public DmaBufOps platform() {
      return memory;
    }
  }

  /** A view that tells when it is retired. */
  final class Mapped implements View {
    private final View view;

    Mapped(View view) {
      this.view = view;
    }

    @Override
    public ByteBuffer bytes(long offset, int length) {
      return view.bytes(offset, length);
    }

    @Override
    public void retire() {
      view.retire();
      events.add("retired");
    }
  }

  /** A class that is not needed before the first release. */
  static final class Late {
    private Late() {}

    static void release(DmaBufOps memory) {
      memory.release();
    }
  }
}
