// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/**
 * The program in whose VM the Java heap is full, but for a few bytes, while a buffer is used:
 * {@code OutOfMemoryError} comes at each step of core's. What the heap was told must have ended
 * when all is closed, and the books be at zero.
 */
final class JavaHeapRunsOut {
  private static final int MOST_SPARE = 1_500;
  private static final int[] PIECES = {1 << 20, 1 << 16, 1 << 12, 256, 16};
  private static final int USES = 4;

  private final Core core = new Core();
  private final QuietHeap heap = new QuietHeap();
  private final AllocationService allocations =
      core.allocations(core.bundle(20, "com.acme.camera"));
  private final SplittableRandom random;
  private final AutoCloseable[] things = new AutoCloseable[3 * USES];
  private int count;
  private long refused;

  /** What fills the heap: each piece leads to the one before it. */
  private Object[] ballast;

  private JavaHeapRunsOut(long seed) {
    random = new SplittableRandom(seed);
    core.heap(heap, "quiet", 0);
  }

  /** A heap that allocates nothing where it counts. */
  private static final class QuietHeap extends FakeHeap {
    private int begun;
    private int released;

    @Override
    public DmaBufOps allocate(AllocationRequest request) {
      return new Ops(request.size());
    }

    private final class Ops implements DmaBufOps {
      private final ByteBuffer memory;

      Ops(long size) {
        memory = ByteBuffer.allocate((int) size);
      }

      @Override
      public long size() {
        return memory.capacity();
      }

      @Override
      public View map() {
        View view =
            new View() {
              @Override
              public ByteBuffer bytes(long offset, int length) {
                return memory.slice((int) offset, length);
              }

              @Override
              public void retire() {
                retired.incrementAndGet();
              }
            };
        mapped.incrementAndGet();
        return view;
      }

      @Override
      public void beginCpuAccess(Access access) {
        begun++;
      }

      @Override
      public void endCpuAccess(Access access) {
        begun--;
      }

      @Override
      public void attach(String device, Access access) {
        attached.incrementAndGet();
      }

      @Override
      public void detach(String device, Access access) {
        attached.decrementAndGet();
      }

      @Override
      public void abandon(String device, Access access) {
        attached.decrementAndGet();
      }

      @Override
      public OwnedFd exportFd() {
        OwnedFd fd = new FakeFd(fdsOpen);
        fdsOpen.incrementAndGet();
        return fd;
      }

      @Override
      public void release() {
        released++;
      }
    }
  }

  private void squeeze(int spare) {
    for (int piece : PIECES) {
      fill(piece);
    }
    for (int freed = 0; freed < spare && ballast != null; ) {
      freed += ((byte[]) ballast[1]).length + 40;
      ballast = (Object[]) ballast[0];
    }
  }

  private void fill(int piece) {
    try {
      while (true) {
        ballast = new Object[] {ballast, new byte[piece]};
      }
    } catch (OutOfMemoryError e) {
      // that is all
    }
  }

  private interface Use {
    AutoCloseable on(DmaBuf buffer) throws HeapException;
  }

  private void use(DmaBuf buffer, Use use) {
    try {
      things[count] = use.on(buffer);
      count++;
    } catch (HeapException | OutOfMemoryError e) {
      refused++;
    }
  }

  private void close(AutoCloseable thing) {
    try {
      thing.close();
    } catch (Exception | OutOfMemoryError e) {
      refused++;
    }
  }

  private void useAndClose(DmaBuf buffer) {
    for (int i = 0; i < USES; i++) {
      use(buffer, used -> used.beginCpuAccess(Access.WRITE));
      use(buffer, used -> used.attach("gpu", Access.READ, () -> {}));
      use(buffer, DmaBuf::exportFd);
    }
    for (int i = 0; i < count; i += 2) {
      close(things[i]);
    }
  }

  /** With all memory but so much filled. */
  private void round(int spare) throws HeapException {
    int before = heap.released;
    DmaBuf buffer = allocations.allocate("quiet", 4096);
    if (spare > 0) {
      squeeze(spare);
    }
    useAndClose(buffer);
    ballast = null;
    for (; count > 0; count--) {
      close(things[count - 1]);
    }
    buffer.close();
    expect(heap.begun == 0, spare, heap.begun + " CPU accesses have begun");
    expect(heap.released == before + 1, spare, "the memory was not released once");
    try {
      core.assertNothingLeft(heap);
    } catch (AssertionError e) {
      throw new AssertionError("with " + spare + " bytes to spare: " + e.getMessage(), e);
    }
  }

  private static void expect(boolean condition, int spare, String otherwise) {
    if (!condition) {
      throw new AssertionError("with " + spare + " bytes to spare: " + otherwise);
    }
  }

  /** Arguments: how many rounds, and the seed. */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    System.out.println("the Java heap runs out: seed " + arguments[1]);
    JavaHeapRunsOut program = new JavaHeapRunsOut(Long.parseLong(arguments[1]));
    // Once without, since classes are loaded and calls linked then.
    program.round(0);
    for (int round = 0; round < rounds; round++) {
      program.round(1 + program.random.nextInt(MOST_SPARE));
    }
    program.core.close();
    System.out.printf(
        "%d rounds without memory, %d uses refused, 0 wrong%n", rounds, program.refused);
    System.exit(0);
  }
}
