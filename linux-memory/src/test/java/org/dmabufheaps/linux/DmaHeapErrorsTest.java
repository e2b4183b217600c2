// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code DMA_HEAP_IOCTL_ALLOC} refuses, of every node that this kernel has. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class DmaHeapErrorsTest {
  private static final int READ_WRITE = Abi.O_RDWR | Abi.O_CLOEXEC;
  private static final int O_APPEND = 0x400;
  private static final String SYSTEM = "system";

  private final Kernel kernel = TestKernel.real();
  private final Syscalls sys = kernel.sys();
  private final LinuxMemory linux = TestKernel.linux();
  private final long alloc = kernel.abi().ioctl().dmaHeapAlloc();

  /** The fields of {@code struct dma_heap_allocation_data}, and what is wrong with them. */
  record Wish(String what, long len, int fd, int fdFlags, long heapFlags) {
    ByteBuffer struct() {
      return Call.struct(32)
          .putLong(0, len)
          .putInt(8, fd)
          .putInt(12, fdFlags)
          .putLong(16, heapFlags)
          .putLong(24, -1);
    }

    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Wish> wishes() {
    return Stream.of(
        new Wish("len 0", 0, 0, READ_WRITE, 0),
        new Wish("len ~0, which rounds to 0", -1, 0, READ_WRITE, 0),
        new Wish("len -4095, which rounds to 0", -4095, 0, READ_WRITE, 0),
        new Wish("fd 1", 4096, 1, READ_WRITE, 0),
        new Wish("fd -1", 4096, -1, READ_WRITE, 0),
        new Wish("fd_flags O_NONBLOCK", 4096, 0, READ_WRITE | Abi.O_NONBLOCK, 0),
        new Wish("fd_flags O_APPEND", 4096, 0, READ_WRITE | O_APPEND, 0),
        new Wish("fd_flags, all", 4096, 0, -1, 0),
        new Wish("heap_flags 1", 4096, 0, READ_WRITE, 1),
        new Wish("heap_flags 1 << 63", 4096, 0, READ_WRITE, 1L << 63));
  }

  private long ioctl(String node, long request, ByteBuffer struct) throws HeapException {
    Fd heap = Devices.open(kernel, LinuxMemory.DMA_HEAPS.resolve(node));
    try {
      return heap.call(fd -> sys.ioctl(fd, request, struct));
    } finally {
      heap.close();
    }
  }

  private Fd allocated(String node, long request, Wish wish) throws HeapException {
    ByteBuffer struct = wish.struct();
    assertEquals(0, ioctl(node, request, struct), wish + " of " + node);
    return Fd.of(kernel, struct.getInt(8), node);
  }

  @ParameterizedTest
  @MethodSource("wishes")
  void aWrongFieldIsInvalidForEveryHeap(Wish wish) throws HeapException {
    for (String node : linux.dmaHeaps()) {
      ByteBuffer struct = wish.struct();
      assertEquals(-Errno.EINVAL.number(), ioctl(node, alloc, struct), node);
      assertEquals(wish.struct(), struct, "what a refused call left in the struct of " + node);
    }
  }

  @Test
  void aRequestThatNoHeapHasIsInvalidAndOneToAnotherFileIsNotKnown() throws Exception {
    Wish wish = new Wish("a page", 4096, 0, READ_WRITE, 0);
    assertEquals(-Errno.EINVAL.number(), ioctl(SYSTEM, alloc + 1, wish.struct()));
    assertEquals(-Errno.EFAULT.number(), ioctl(SYSTEM, alloc, null));
    DmaBufOps memfd = linux.memfd(new TestRequest(4096));
    LinuxBuffer buffer = new Way(SYSTEM).buffer(4096);
    for (Fd other : List.of(((LinuxBuffer) memfd).fd(), buffer.fd())) {
      assertEquals(-Errno.ENOTTY.number(), other.call(fd -> sys.ioctl(fd, alloc, wish.struct())));
    }
    memfd.release();
    buffer.release();
  }

  @Test
  void anOlderAndANewerCallersStructsAreTaken() throws HeapException {
    long older = alloc - (8L << 16);
    allocated(SYSTEM, older, new Wish("without heap_flags", 4096, 0, READ_WRITE, -1)).close();
    long newer = alloc + (8L << 16);
    allocated(SYSTEM, newer, new Wish("with more than there is", 4096, 0, READ_WRITE, 0)).close();
  }

  @Test
  void aLengthIsRoundedToPagesAndTheDescriptorSaysSo() throws HeapException {
    long page = kernel.pageSize();
    for (String node : linux.dmaHeaps()) {
      for (long size : new long[] {1, page - 1, page, page + 1, 5 * page - 1}) {
        Fd fd = allocated(node, alloc, new Wish(size + " bytes", size, 0, READ_WRITE, 0));
        long rounded = (size + page - 1) / page * page;
        assertEquals(rounded, Importer.dmaBufSize(sys, fd.fd()), "SEEK_END: " + size);
        assertEquals(rounded, FileFacts.of(sys, fd.fd()).size(), "statx: " + size);
        assertTrue(linux.describe(fd.fd()).closeOnExec());
        fd.close();
      }
    }
  }

  @Test
  void aDescriptorsAccessModeIsThatOfItsMappings() throws HeapException {
    record Mode(int flags, int protection, int errno) {}
    List<Mode> modes =
        List.of(
            new Mode(Abi.O_RDONLY, Libc.PROT_READ, 0),
            new Mode(Abi.O_RDONLY, Libc.PROT_READ | Libc.PROT_WRITE, Errno.EACCES.number()),
            new Mode(Abi.O_WRONLY, Libc.PROT_READ, Errno.EACCES.number()),
            new Mode(Abi.O_WRONLY, Libc.PROT_WRITE, Errno.EACCES.number()),
            new Mode(Abi.O_ACCMODE, Libc.PROT_READ, Errno.EACCES.number()));
    for (String node : linux.dmaHeaps()) {
      for (Mode mode : modes) {
        int flags = mode.flags | Abi.O_CLOEXEC;
        Fd fd = allocated(node, alloc, new Wish("a page", 4096, 0, flags, 0));
        long address = fd.call(n -> sys.mmap(0, 4096, mode.protection, Libc.MAP_SHARED, n, 0));
        assertEquals(mode.errno, -Math.min(0, address), node + " " + mode);
        if (address > 0) {
          int writable = Libc.PROT_READ | Libc.PROT_WRITE;
          assertEquals(
              -Errno.EACCES.number(), Libc.call("mprotect", address, 4096L, writable), node);
          sys.munmap(address, 4096);
        }
        fd.close();
      }
    }
  }

  @Test
  void aNodeThatIsNotThereIsToldWithItsPath() {
    HeapException e =
        assertThrows(HeapException.class, () -> linux.dmaHeap("no-such", new TestRequest(4096)));
    assertEquals(Errno.ENOENT.number(), e.errno());
    assertTrue(e.getMessage().contains("/dev/dma_heap/no-such"), e.getMessage());
    for (String none : new String[] {"", "..", "a/b", "system\0x", "x".repeat(64)}) {
      assertThrows(
          IllegalArgumentException.class, () -> linux.dmaHeap(none, new TestRequest(4096)), none);
    }
  }

  @Test
  void aCmaHeapIsEmptyBeforeTheMachineIs() throws Exception {
    KernelHas.assume(KernelHas.CMA);
    for (Way way : Way.all().stream().filter(Way::isCma).toList()) {
      List<DmaBufOps> buffers = new ArrayList<>();
      HeapException e =
          assertThrows(
              HeapException.class,
              () -> {
                while (true) {
                  buffers.add(way.allocate(linux, 16 << 20));
                }
              });
      assertEquals(Errno.ENOMEM.number(), e.errno());
      assertTrue(e.getMessage().contains("/dev/dma_heap/" + way.name()), e.getMessage());
      assertTrue(buffers.size() > 0, way.name());
      buffers.forEach(DmaBufOps::release);
      // Freed at the last close, and there at once.
      way.allocate(linux, 16 << 20).release();
    }
  }
}
