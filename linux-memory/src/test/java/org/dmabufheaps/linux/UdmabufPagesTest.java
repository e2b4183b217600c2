// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whose the pages of a udmabuf are: what its memfd shares with it, and what it does not. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class UdmabufPagesTest {
  private static final int SIZE = 4 * 4096;
  private static final int PUNCH_HOLE_KEEP_SIZE = 3;
  private static final int F_SETLEASE = 1024;
  private static final int F_WRLCK = 1;
  private static final List<Range> WHOLE = List.of(new Range(0, SIZE));

  private final Syscalls sys = TestKernel.real().sys();
  private final LinuxMemory linux = TestKernel.linux();

  private LinuxBuffer memfd() throws HeapException {
    return (LinuxBuffer) linux.memfd(new TestRequest(SIZE));
  }

  private LinuxBuffer udmabuf(DmaBufOps memfd, List<Range> ranges) throws HeapException {
    return (LinuxBuffer) linux.udmabuf(memfd, ranges);
  }

  private static long count(LinuxBuffer buffer) throws HeapException {
    return FdInfo.of(TestKernel.real().sys(), buffer.fd().fd()).count();
  }

  @Test
  void rangesOfAMemfdFollowOneAnother() throws Exception {
    LinuxBuffer memfd = memfd();
    View memory = memfd.map();
    for (int page = 0; page < 4; page++) {
      memory.bytes(page * 4096L, 4).putInt(page);
    }
    LinuxBuffer list =
        udmabuf(memfd, List.of(new Range(12288, 4096), new Range(0, 8192), new Range(0, 4096)));
    assertEquals(SIZE, list.size());
    View view = list.map();
    int[] order = {3, 0, 1, 0};
    for (int page = 0; page < 4; page++) {
      assertEquals(order[page], view.bytes(page * 4096L, 4).getInt());
    }
    memory.bytes(12288, 4).putInt(77);
    assertEquals(77, view.bytes(0, 4).getInt(), "one memory");
    view.retire();
    list.release();
    memory.retire();
    memfd.release();
  }

  @Test
  void aHolePunchedIntoTheMemfdLeavesTheOldDataInTheDmaBuf() throws Exception {
    LinuxBuffer memfd = memfd();
    LinuxBuffer dmaBuf = udmabuf(memfd, WHOLE);
    View memory = memfd.map();
    View view = dmaBuf.map();
    memory.bytes(4096, 4).putInt(0x0ddba11);
    assertEquals(0x0ddba11, view.bytes(4096, 4).getInt());
    assertEquals(0, memfd.fd().call(fd -> sys.fallocate(fd, PUNCH_HOLE_KEEP_SIZE, 4096, 4096)));
    assertEquals(0, memory.bytes(4096, 4).getInt(), "a new page");
    assertEquals(0x0ddba11, view.bytes(4096, 4).getInt(), "the old one");
    view.retire();
    memory.retire();
    dmaBuf.release();
    memfd.release();
  }

  @Test
  void twoOverOneMemfdKnowNothingOfEachOther() throws Exception {
    LinuxBuffer memfd = memfd();
    LinuxBuffer one = udmabuf(memfd, WHOLE);
    LinuxBuffer two = udmabuf(memfd, WHOLE);
    View view = two.map();
    assertEquals(1, count(one), "though its pages are held by the other");
    assertEquals(2, count(two));
    view.bytes(0, 4).putInt(42);
    View same = one.map();
    assertEquals(42, same.bytes(0, 4).getInt());
    same.retire();
    view.retire();
    one.release();
    two.release();
    memfd.release();
  }

  @Test
  void aMemfdHasNoCountAndALeaseIsNone() throws Exception {
    LinuxBuffer memfd = memfd();
    assertEquals(0, count(memfd), "there is no such line");
    long lease = memfd.fd().call(fd -> sys.fcntl(fd, F_SETLEASE, F_WRLCK));
    assertEquals(-Errno.EAGAIN.number(), lease, "though nobody else holds it");
    memfd.release();
  }

  @Test
  void theMemfdCanBeSealedAgainstNewWritersButNotAgainstAll() throws Exception {
    Kernel kernel = TestKernel.real();
    Fd memfd = Memfd.create(kernel, SIZE, "test", Udmabuf.SEALS);
    Fd dmaBuf = Udmabuf.create(kernel, memfd, SIZE);
    long write = memfd.call(fd -> sys.fcntl(fd, 1033, Memfd.F_SEAL_WRITE));
    assertEquals(-Errno.EBUSY.number(), write, "F_SEAL_WRITE");
    assertEquals(0, memfd.call(fd -> sys.fcntl(fd, 1033, Memfd.F_SEAL_FUTURE_WRITE)));
    long address = dmaBuf.call(fd -> Mmap.shared(sys, fd, SIZE, true));
    ByteBuffer bytes = sys.buffer(address, SIZE);
    bytes.putInt(0, 42);
    assertEquals(42, bytes.getInt(0), "the dma-buf stays writable");
    long another = memfd.call(fd -> Mmap.shared(sys, fd, SIZE, true));
    assertEquals(-Errno.EPERM.number(), another, "a new mapping to write");
    assertEquals(0, sys.munmap(address, SIZE));
    dmaBuf.close();
    memfd.close();
  }
}
