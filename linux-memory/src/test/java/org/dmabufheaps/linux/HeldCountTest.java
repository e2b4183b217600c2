// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The {@code count} in fdinfo: whoever holds a dma-buf, in whatever way, is in it. Memory is reused
 * only where it says that nobody does.
 */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class HeldCountTest {
  private static final int SIZE = 4 * 4096;
  private static final int MREMAP_MAYMOVE_FIXED = 3;

  private final Kernel kernel = TestKernel.real();
  private final Syscalls sys = kernel.sys();
  private final LinuxMemory linux = TestKernel.linux();

  @TempDir Path directory;

  static List<Way> ways() {
    return Way.all();
  }

  private static long count(LinuxBuffer buffer) throws HeapException {
    return FdInfo.of(TestKernel.real().sys(), buffer.fd().fd()).count();
  }

  private static void soon(String what, long expected, LinuxBuffer buffer) throws Exception {
    Ends.soon("count " + expected + ": " + what, () -> count(buffer) == expected);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void eachDescriptorOfThisProcessCounts(Way way) throws Exception {
    LinuxBuffer buffer = way.buffer(SIZE);
    assertEquals(1, count(buffer), "its own descriptor");
    OwnedFd exported = buffer.exportFd();
    assertEquals(2, count(buffer), "and an exported one");
    LinuxBuffer imported = (LinuxBuffer) linux.importFd(exported.fd());
    assertEquals(3, count(buffer), "and an imported one");
    imported.release();
    exported.close();
    assertEquals(1, count(buffer));
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void anAccessCountsNothing(Way way) throws Exception {
    LinuxBuffer buffer = way.buffer(SIZE);
    buffer.beginCpuAccess(Access.READ_WRITE);
    assertEquals(1, count(buffer));
    buffer.endCpuAccess(Access.READ_WRITE);
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void eachMappingCountsUntilItIsReplaced(Way way) throws Exception {
    LinuxBuffer buffer = way.buffer(SIZE);
    View first = buffer.map();
    View second = buffer.map();
    ByteBuffer bytes = first.bytes(0, SIZE);
    bytes.putInt(0, 42);
    assertEquals(3, count(buffer));
    first.retire();
    assertEquals(2, count(buffer), "replaced, and its byte buffer is still reachable");
    assertEquals(0, bytes.getInt(0));
    assertEquals(42, second.bytes(0, 4).getInt(0));
    second.retire();
    assertEquals(1, count(buffer));
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aMappingThatIsSplitCountsOnceForEachPart(Way way) throws Exception {
    LinuxBuffer buffer = way.buffer(SIZE);
    long address = buffer.fd().call(fd -> Mmap.shared(sys, fd, SIZE, true));
    assertEquals(2, count(buffer));
    assertEquals(0, Libc.call("mprotect", address + 4096, 4096L, Libc.PROT_READ));
    assertEquals(4, count(buffer), "three parts of one mapping");
    assertEquals(0, sys.munmap(address, 8192));
    assertEquals(2, count(buffer), "the last part");
    assertEquals(0, sys.munmap(address, SIZE));
    assertEquals(1, count(buffer));
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aMappingThatIsMovedCountsAsBefore(Way way) throws Exception {
    LinuxBuffer buffer = way.buffer(SIZE);
    long from = buffer.fd().call(fd -> Mmap.shared(sys, fd, SIZE, true));
    long to = buffer.fd().call(fd -> Mmap.shared(sys, fd, SIZE, true));
    assertEquals(3, count(buffer));
    long moved = Libc.callLong("mremap", from, (long) SIZE, (long) SIZE, MREMAP_MAYMOVE_FIXED, to);
    assertEquals(to, moved);
    assertEquals(2, count(buffer));
    assertEquals(0, sys.munmap(to, SIZE));
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aMessageInFlightCountsUntilItIsReceivedOrCanNotBeAnyMore(Way way) throws Exception {
    LinuxBuffer buffer = way.buffer(SIZE);
    FdListener listener = linux.listen(directory.resolve("s"));
    FdSocket sender = linux.connect(directory.resolve("s"));
    FdSocket receiver = listener.accept(0);
    for (int message = 0; message < 2; message++) {
      OwnedFd fd = buffer.exportFd();
      sender.send(ByteBuffer.allocate(1), fd);
      fd.close();
    }
    assertEquals(3, count(buffer), "two in flight");
    sender.close();
    assertEquals(3, count(buffer), "though the sender has gone");
    OwnedFd received = receiver.receive(ByteBuffer.allocate(1), 1, 0).get(0);
    assertEquals(3, count(buffer), "one received, one in flight");
    received.close();
    assertEquals(2, count(buffer));
    receiver.close();
    soon("nobody can receive it", 1, buffer);
    listener.close();
    buffer.release();
  }

  @Test
  void whatAnotherProcessHoldsCounts() throws Exception {
    try (HolderProcess other = HolderProcess.start(linux, directory.resolve("s"))) {
      for (Way way : ways()) {
        LinuxBuffer buffer = way.buffer(SIZE);
        other.tell(HolderProcess.HOLD, buffer);
        assertEquals(2, count(buffer), way + ": a descriptor elsewhere");
        other.tell(HolderProcess.LET_GO, buffer);
        soon("it was closed there", 1, buffer);
        other.tell(HolderProcess.MAP, buffer);
        assertEquals(2, count(buffer), way + ": mapped elsewhere, the descriptor closed");
        other.tell(HolderProcess.LET_GO, buffer);
        soon("it was unmapped there", 1, buffer);
        buffer.release();
      }
      LinuxBuffer last = new Way("system").buffer(SIZE);
      other.tell(HolderProcess.MAP, last);
      assertEquals(2, count(last));
      other.kill();
      soon("the other process was killed", 1, last);
      last.release();
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aDriverThatImportedItCountsUntilItLetsGo(Way way) throws Exception {
    KernelHas.assume(KernelHas.VGEM);
    LinuxBuffer buffer = way.buffer(SIZE);
    try (Vgem vgem = new Vgem(kernel)) {
      OwnedFd fd = buffer.exportFd();
      int handle = vgem.importBuffer(fd.fd());
      fd.close();
      assertTrue(count(buffer) > 1, "count " + count(buffer) + " though a driver has imported it");
      assertEquals(4, count(buffer), "three of the driver's");
      vgem.close(handle);
      soon("the driver's handle was closed", 1, buffer);
      vgem.importBuffer(buffer.fd().fd());
    }
    soon("the driver's file was closed", 1, buffer);
    buffer.release();
  }
}
