// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Nobody holds single pages of a dma-buf: every way to pin one is refused, so the count tells all.
 * On a kernel that fails here, memory that was exported or mapped must not be reused.
 */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class PinnedDmaBufTest {
  private static final int SIZE = 16384;
  private static final int READ_WRITE = Libc.PROT_READ | Libc.PROT_WRITE;
  private static final int MAP_ANONYMOUS = 0x20;

  private final Kernel kernel = TestKernel.real();
  private final Syscalls sys = kernel.sys();

  @TempDir Path directory;

  private LinuxBuffer buffer;
  private long address;

  static List<Way> ways() {
    return Way.all();
  }

  private void map(Way way) throws HeapException {
    buffer = way.buffer(SIZE);
    address = buffer.fd().call(fd -> Mmap.shared(sys, fd, SIZE, true));
    sys.buffer(address, SIZE).putLong(0, 42);
  }

  private void release() throws HeapException {
    assertEquals(
        2,
        FdInfo.of(TestKernel.real().sys(), buffer.fd().fd()).count(),
        "its descriptor and the mapping");
    assertEquals(0, sys.munmap(address, SIZE));
    buffer.release();
  }

  @Test
  void theProbeSaysSoAndDoesNotWhenItCanNotTell() {
    assertTrue(new PinProbe().refused(kernel));
    for (String call : new String[] {"memfd_create", "ioctl", "mmap", "pipe2", "vmsplice"}) {
      Syscalls failing =
          TestKernel.watched((name, arguments) -> name.equals(call) ? Errno.ENOMEM.number() : 0);
      assertFalse(new PinProbe().refused(TestKernel.with(failing)), call);
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void noPageGoesIntoAPipe(Way way) throws HeapException {
    map(way);
    ByteBuffer ends = Call.struct(8);
    assertEquals(0, sys.pipe2(ends, Abi.O_CLOEXEC));
    long pinned = sys.vmsplice(ends.getInt(4), Libc.iovec(address, SIZE), 1, 0);
    assertEquals(-Errno.EFAULT.number(), pinned);
    assertEquals(8, Libc.callLong("write", ends.getInt(4), sys.buffer(address, 8), 8L), "a copy");
    sys.close(ends.getInt(0));
    sys.close(ends.getInt(4));
    release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void noOtherProcessReadsItByAddress(Way way) throws Exception {
    map(way);
    ByteBuffer copy = Call.struct(8);
    int self = (int) ProcessHandle.current().pid();
    ByteBuffer local = Libc.iovec(sys.address(copy), 8);
    ByteBuffer remote = Libc.iovec(address, 8);
    assertEquals(
        -Errno.EFAULT.number(), Libc.callLong("process_vm_readv", self, local, 1L, remote, 1L, 0L));
    try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r")) {
      memory.seek(address);
      assertThrows(IOException.class, memory::readLong);
    }
    release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void noDirectWriteTakesIt(Way way) throws Exception {
    try (DirectFile file = DirectFile.open(kernel, directory)) {
      map(way);
      long anonymous = sys.mmap(0, SIZE, READ_WRITE, Libc.MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      assertEquals(SIZE, file.pwrite(anonymous, SIZE), "of ordinary memory");
      assertEquals(-Errno.EFAULT.number(), file.pwrite(address, SIZE));
      assertEquals(0, sys.munmap(anonymous, SIZE));
      release();
    }
  }
}
