// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each system call says of a dma-buf, of every exporter that this kernel has. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class DmaBufCallsTest {
  private static final int SIZE = 16384;
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;
  private static final int SEEK_END = 2;
  private static final int F_SETLEASE = 1024;
  private static final int F_ADD_SEALS = 1033;
  private static final int F_WRLCK = 1;
  private static final int MREMAP_MAYMOVE = 1;
  private static final int MADV_DONTNEED = 4;
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;

  private final Kernel kernel = TestKernel.real();
  private final Syscalls sys = kernel.sys();

  static List<Way> ways() {
    return Way.all();
  }

  private static void refused(Errno errno, long result, String what) {
    assertEquals(-errno.number(), result, what);
  }

  private long sync(LinuxBuffer buffer, long flags) {
    ByteBuffer struct = Call.struct(8).putLong(0, flags);
    return buffer.fd().call(fd -> sys.ioctl(fd, kernel.abi().ioctl().dmaBufSync(), struct));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void syncTakesADirectionAndAnEdgeAndNothingElse(Way way) throws HeapException {
    LinuxBuffer buffer = way.buffer(SIZE);
    for (int direction : new int[] {1, 2, 3}) {
      assertEquals(0, sync(buffer, direction), "start " + direction);
      assertEquals(0, sync(buffer, 4 | direction), "end " + direction);
    }
    for (long none : new long[] {0, 4, 8, 8 | 1, 1 << 31 | 1, 1L << 63 | 1, -1}) {
      refused(Errno.EINVAL, sync(buffer, none), "flags " + none);
    }
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aNameIsUpTo31BytesAndSeenInThreePlaces(Way way) throws Exception {
    LinuxBuffer buffer = way.buffer(SIZE);
    View view = buffer.map();
    for (int word : new int[] {4, 8}) {
      long setName = kernel.abi().ioctl().dmaBufSetName(word);
      String name = word + "n".repeat(30);
      assertEquals(0, ioctl(buffer, setName, Call.string(name)));
      assertEquals(name, FdInfo.of(TestKernel.real().sys(), buffer.fd().fd()).name());
      Path link = Path.of("/proc/self/fd/" + buffer.fd().fd());
      assertEquals("/dmabuf:" + name, Files.readSymbolicLink(link).toString());
      String maps = Files.readString(Path.of("/proc/self/maps"), StandardCharsets.UTF_8);
      assertTrue(maps.contains("/dmabuf:" + name), maps);
      refused(Errno.EINVAL, ioctl(buffer, setName, Call.string("n".repeat(32))), "32 bytes");
      refused(Errno.EFAULT, ioctl(buffer, setName, null), "no name");
      assertEquals(
          name,
          FdInfo.of(TestKernel.real().sys(), buffer.fd().fd()).name(),
          "the name that it has");
    }
    refused(Errno.ENOTTY, ioctl(buffer, kernel.abi().ioctl().dmaHeapAlloc(), null), "ALLOC");
    view.retire();
    buffer.release();
  }

  private long ioctl(LinuxBuffer buffer, long request, ByteBuffer argument) {
    return buffer.fd().call(fd -> sys.ioctl(fd, request, argument));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void onlyTheStartAndTheEndAreSought(Way way) throws HeapException {
    LinuxBuffer buffer = way.buffer(SIZE);
    int fd = buffer.fd().fd();
    assertEquals(SIZE, sys.lseek(fd, 0, SEEK_END));
    assertEquals(0, sys.lseek(fd, 0, SEEK_SET));
    refused(Errno.EINVAL, sys.lseek(fd, 1, SEEK_SET), "SEEK_SET 1");
    refused(Errno.EINVAL, sys.lseek(fd, 0, SEEK_CUR), "SEEK_CUR");
    refused(Errno.EINVAL, sys.lseek(fd, -1, SEEK_END), "SEEK_END -1");
    buffer.release();
  }

  private long mmap(LinuxBuffer buffer, long length, int protection, int flags, long offset) {
    long address = buffer.fd().call(fd -> sys.mmap(0, length, protection, flags, fd, offset));
    if (address > 0) {
      assertEquals(0, sys.munmap(address, length));
    }
    return Math.min(address, 0);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void nothingBeyondTheEndIsMapped(Way way) throws HeapException {
    LinuxBuffer buffer = way.buffer(SIZE);
    int readWrite = Libc.PROT_READ | Libc.PROT_WRITE;
    assertEquals(0, mmap(buffer, 4096, readWrite, Libc.MAP_SHARED, SIZE - 4096));
    refused(Errno.EINVAL, mmap(buffer, SIZE + 1, readWrite, Libc.MAP_SHARED, 0), "a page more");
    refused(Errno.EINVAL, mmap(buffer, SIZE, readWrite, Libc.MAP_SHARED, 4096), "from 4096");
    refused(Errno.EINVAL, mmap(buffer, 4096, readWrite, Libc.MAP_SHARED, SIZE), "at the end");
    refused(Errno.EINVAL, mmap(buffer, 4096, readWrite, Libc.MAP_SHARED, 1L << 50), "far off");
    refused(Errno.EINVAL, mmap(buffer, 0, readWrite, Libc.MAP_SHARED, 0), "nothing");
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aPrivateMappingIsRefused(Way way) throws HeapException {
    LinuxBuffer buffer = way.buffer(SIZE);
    for (int protection : new int[] {Libc.PROT_READ, Libc.PROT_READ | Libc.PROT_WRITE}) {
      refused(Errno.EINVAL, mmap(buffer, SIZE, protection, Libc.MAP_PRIVATE, 0), "MAP_PRIVATE");
    }
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aMappingNeitherGrowsNorDoublesNorLosesItsPages(Way way) throws HeapException {
    LinuxBuffer buffer = way.buffer(SIZE);
    long address = buffer.fd().call(fd -> Mmap.shared(sys, fd, SIZE, true));
    refused(Errno.EFAULT, mremap(address, SIZE, 2 * SIZE), "growing");
    refused(Errno.EFAULT, mremap(address, 0, SIZE), "doubling");
    refused(Errno.EINVAL, sys.madvise(address, SIZE, MADV_DONTNEED), "MADV_DONTNEED");
    assertEquals(0, sys.munmap(address, SIZE));
    buffer.release();
  }

  private static long mremap(long address, long before, long after) {
    return Libc.callLong("mremap", address, before, after, MREMAP_MAYMOVE);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void whatFilesHaveADmaBufHasNot(Way way) throws HeapException {
    LinuxBuffer buffer = way.buffer(SIZE);
    int fd = buffer.fd().fd();
    ByteBuffer bytes = Call.struct(8);
    refused(Errno.EINVAL, Libc.callLong("read", fd, bytes, 8L), "read");
    refused(Errno.EINVAL, Libc.callLong("write", fd, bytes, 8L), "write");
    refused(Errno.ESPIPE, Libc.callLong("pread", fd, bytes, 8L, 0L), "pread");
    refused(Errno.EINVAL, sys.ftruncate(fd, 0), "ftruncate");
    refused(Errno.ENODEV, sys.fallocate(fd, 0, 0, SIZE), "fallocate");
    refused(Errno.EINVAL, sys.fcntl(fd, F_ADD_SEALS, Memfd.F_SEAL_WRITE), "F_ADD_SEALS");
    refused(Errno.EINVAL, sys.fcntl(fd, F_SETLEASE, F_WRLCK), "F_SETLEASE");
    for (int mode : new int[] {Abi.O_RDONLY, Abi.O_RDWR}) {
      refused(Errno.ENXIO, sys.open(Call.string("/proc/self/fd/" + fd), mode), "a second open");
    }
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void anIdleOneIsReadyForReadersAndWriters(Way way) throws HeapException {
    LinuxBuffer buffer = way.buffer(SIZE);
    ByteBuffer pollfd = Call.struct(8).putInt(0, buffer.fd().fd());
    pollfd.putShort(4, (short) (POLLIN | POLLOUT));
    assertEquals(1, sys.poll(pollfd, 1, 0));
    assertEquals(POLLIN | POLLOUT, pollfd.getShort(6));
    buffer.release();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void theInodeIsItsOwn(Way way) throws HeapException {
    List<LinuxBuffer> buffers = List.of(way.buffer(4096), way.buffer(4096), way.buffer(4096));
    Set<Long> inodes = new HashSet<>();
    for (LinuxBuffer buffer : buffers) {
      inodes.add(TestKernel.linux().describe(buffer.fd().fd()).inode());
    }
    assertEquals(3, inodes.size(), inodes.toString());
    buffers.forEach(LinuxBuffer::release);
  }
}
