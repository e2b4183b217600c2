// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class ImportTest {
  private static final int READ_WRITE = Abi.O_RDWR;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_HUGETLB = 4;
  private static final int F_ADD_SEALS = 1033;

  private final Kernel kernel = TestKernel.real();
  private final LinuxMemory linux = TestKernel.linux();

  private Fd open(String path, int flags) throws HeapException {
    return Fd.given(kernel, kernel.sys().open(Call.string(path), flags | Abi.O_CLOEXEC), path);
  }

  private void refused(Fd fd, Errno errno, String because) {
    HeapException e = assertThrows(HeapException.class, () -> linux.importFd(fd.fd()));
    assertEquals(errno.number(), e.errno(), e.getMessage());
    assertTrue(e.getMessage().contains(because), e.getMessage());
    fd.close();
  }

  private Fd memfd(int seals) throws HeapException {
    Fd own = Memfd.create(kernel, 8192, "import", seals);
    Fd given = own.duplicate("a test's memfd");
    own.close();
    return given;
  }

  @Test
  void whatIsNoBufferIsRefusedWithWhatItIs() throws Exception {
    refused(open("/tmp", kernel.abi().directory()), Errno.EINVAL, "a directory");
    refused(open("/dev/null", READ_WRITE), Errno.EINVAL, "a character device");
    refused(open("/proc/self/status", Abi.O_RDONLY), Errno.EINVAL, "a regular file");
    Process cat = new ProcessBuilder("sleep", "60").start();
    refused(
        open("/proc/" + cat.pid() + "/fd/0", Abi.O_RDONLY | Abi.O_NONBLOCK),
        Errno.EINVAL,
        "a pipe");
    cat.destroy();
    cat.waitFor();
    refused(
        Fd.given(kernel, kernel.sys().socket(1, 1 | Abi.O_CLOEXEC, 0), "socket"),
        Errno.EINVAL,
        "a socket");
  }

  @Test
  void aFileWithoutATypeIsRefused() throws Exception {
    long epoll = Libc.call("epoll_create1", Abi.O_CLOEXEC);
    refused(
        Fd.given(kernel, epoll, "epoll"), Errno.EINVAL, "a file without a type, such as an epoll");
  }

  @Test
  @Tag("kernel")
  void aMemfdOfHugePagesIsRefused() throws Exception {
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB;
    long created = kernel.sys().memfd_create(Call.string("huge"), flags);
    KernelHas.need("hugetlb", created < 0 ? Errno.nameOf((int) -created) : "");
    Fd memfd = Fd.given(kernel, created, "huge");
    assertEquals(0, kernel.sys().ftruncate(memfd.fd(), 1 << 30));
    assertEquals(0, kernel.sys().fcntl(memfd.fd(), F_ADD_SEALS, Memfd.F_SEAL_SHRINK));
    refused(memfd, Errno.EINVAL, "a memfd of huge pages");
  }

  @Test
  void aDescriptorThatIsNotOpenIsRefused() {
    HeapException e = assertThrows(HeapException.class, () -> linux.importFd(999_999));
    assertEquals(Errno.EBADF.number(), e.errno());
    assertThrows(IllegalArgumentException.class, () -> linux.importFd(-1));
    assertThrows(HeapException.class, () -> linux.describe(999_999));
  }

  @Test
  void aMemfdThatCouldBeTruncatedIsRefused() throws Exception {
    refused(memfd(Memfd.F_SEAL_GROW), Errno.EINVAL, "F_SEAL_SHRINK");
  }

  @Test
  void anOrdinaryFileInMemoryIsRefusedThoughItHasASeal() throws Exception {
    Path file = Path.of("/dev/shm/dmabuf-heaps-test-" + ProcessHandle.current().pid());
    Files.write(file, new byte[4096]);
    try {
      Fd fd = open(file.toString(), Abi.O_RDWR);
      assertEquals(Memfd.F_SEAL_SEAL, linux.describe(fd.fd()).seals());
      refused(fd, Errno.EINVAL, "without F_SEAL_SHRINK");
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void aPathDescriptorIsRefused() throws Exception {
    Fd memfd = memfd(Memfd.F_SEAL_SHRINK);
    refused(open("/proc/self/fd/" + memfd.fd(), Abi.O_PATH), Errno.EINVAL, "O_PATH");
    refused(
        open("/proc/self/fd/" + memfd.fd(), Abi.O_WRONLY), Errno.EACCES, "not opened for reading");
    memfd.close();
  }

  @Test
  void whatWasOpenedForReadingCanOnlyBeRead() throws Exception {
    Fd memfd = memfd(Memfd.F_SEAL_SHRINK);
    Fd readOnly = open("/proc/self/fd/" + memfd.fd(), Abi.O_RDONLY);
    readOnly(linux.importFd(readOnly.fd()));
    readOnly.close();
    memfd.close();
  }

  @Test
  void whatIsSealedAgainstWritingCanOnlyBeRead() throws Exception {
    Fd memfd = memfd(Memfd.F_SEAL_SHRINK | Memfd.F_SEAL_FUTURE_WRITE);
    readOnly(linux.importFd(memfd.fd()));
    memfd.close();
  }

  private static void readOnly(DmaBufOps buffer) throws HeapException {
    buffer.beginCpuAccess(Access.READ);
    buffer.endCpuAccess(Access.READ);
    HeapException e =
        assertThrows(HeapException.class, () -> buffer.beginCpuAccess(Access.READ_WRITE));
    assertEquals(Errno.EACCES.number(), e.errno());
    View view = buffer.map();
    var bytes = view.bytes(0, 8192);
    assertEquals(0, bytes.getInt(0));
    assertThrows(ReadOnlyBufferException.class, () -> bytes.put(0, (byte) 1));
    view.retire();
    assertEquals(0, bytes.getInt(4096));
    buffer.release();
  }

  @Test
  void whatWasExportedToNobodyIsNotImportedByItsNumber() throws Exception {
    LinuxBuffer made = (LinuxBuffer) linux.memfd(new TestRequest(4096));
    int number = made.fd().fd();
    HeapException e = assertThrows(HeapException.class, () -> linux.importFd(number));
    assertEquals(Errno.EPERM.number(), e.errno(), e.getMessage());
    OwnedFd exported = made.exportFd();
    linux.importFd(exported.fd()).release();
    exported.close();
    made.release();
    assertFalse(Fd.isOwn(number), "anybody may have the number now");
  }

  @Test
  void norIsADescriptorThatAnImportHolds() throws Exception {
    Fd memfd = memfd(Memfd.F_SEAL_SHRINK);
    LinuxBuffer imported = (LinuxBuffer) linux.importFd(memfd.fd());
    int number = imported.fd().fd();
    assertThrows(HeapException.class, () -> linux.importFd(number));
    imported.release();
    memfd.close();
  }

  /** It is all slices of all owners. */
  @Test
  void norIsARegionsMemory() throws Exception {
    MemoryBudget budget = (what, bytes) -> new TestRequest(bytes).reserveFresh(bytes);
    RegionSource source = RegionSource.memfd(1 << 20);
    try (Region region = linux.region(source, Placement.firstFit(), budget, line -> {});
        Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      int tried = 0;
      for (Path fd : fds.filter(ImportTest::isRegion).toList()) {
        int number = Integer.parseInt(fd.getFileName().toString());
        HeapException e = assertThrows(HeapException.class, () -> linux.importFd(number));
        assertEquals(Errno.EPERM.number(), e.errno(), e.getMessage());
        tried++;
      }
      assertEquals(1, tried, region.toString());
    }
  }

  private static boolean isRegion(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString().contains("dmabuf-heaps:region");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whoever reads it makes the kernel provide the pages: that is admitted first. */
  @Test
  void thePagesThatASparseMemfdLacksAreAdmittedUntilItIsClosed() throws Exception {
    long size = 1L << 40;
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    long created = kernel.sys().memfd_create(Call.string("sparse"), flags);
    Fd sparse = Fd.given(kernel, created, "a sparse memfd");
    assertEquals(0, kernel.sys().ftruncate(sparse.fd(), size));
    assertEquals(0, kernel.sys().fcntl(sparse.fd(), F_ADD_SEALS, Memfd.F_SEAL_SHRINK));
    MemoryBudget budget = (what, bytes) -> new TestRequest(bytes).reserveFresh(bytes);
    DmaBufOps imported = linux.importFd(sparse.fd(), budget);
    assertEquals(size, TestRequest.RESERVED.get());
    imported.release();
    assertEquals(0, TestRequest.RESERVED.get());
    HeapException none = new HeapException("reserving", Errno.ENOMEM);
    MemoryBudget full =
        (what, bytes) -> {
          throw none;
        };
    assertSame(none, assertThrows(HeapException.class, () -> linux.importFd(sparse.fd(), full)));
    sparse.close();
    Fd populated = memfd(Memfd.F_SEAL_SHRINK);
    linux.importFd(populated.fd(), full).release();
    populated.close();
  }

  @Test
  void theImportedDescriptorStaysTheCallers() throws Exception {
    DmaBufOps made = linux.memfd(new TestRequest(4096));
    OwnedFd fd = made.exportFd();
    DmaBufOps imported = linux.importFd(fd.fd());
    imported.release();
    assertEquals(4096, linux.describe(fd.fd()).sizeBytes());
    fd.close();
    made.release();
  }
}
