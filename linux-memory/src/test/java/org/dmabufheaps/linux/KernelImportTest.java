// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which dma-bufs are imported, and what is refused though it is close to one. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class KernelImportTest {
  private final Kernel kernel = TestKernel.real();
  private final LinuxMemory linux = TestKernel.linux();

  static List<Way> ways() {
    return Way.all();
  }

  private void refused(Fd fd, Errno errno, String because) {
    HeapException e = assertThrows(HeapException.class, () -> linux.importFd(fd.fd()));
    assertEquals(errno.number(), e.errno(), e.getMessage());
    assertTrue(e.getMessage().contains("importing descriptor " + fd.fd()), e.getMessage());
    assertTrue(e.getMessage().contains(because), e.getMessage());
    fd.close();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void anImportedOneIsTheSameMemory(Way way) throws Exception {
    DmaBufOps buffer = way.allocate(linux, 8192);
    OwnedFd fd = buffer.exportFd();
    DmaBufOps imported = linux.importFd(fd.fd());
    assertEquals(8192, imported.size());
    View written = buffer.map();
    View read = imported.map();
    written.bytes(0, 8192).putLong(4096, 42);
    imported.beginCpuAccess(Access.READ);
    assertEquals(42, read.bytes(4096, 8).getLong());
    imported.endCpuAccess(Access.READ);
    written.retire();
    buffer.release();
    fd.close();
    assertEquals(42, read.bytes(4096, 8).getLong(), "the importer keeps the memory");
    read.retire();
    imported.release();
  }

  private Fd allocated(int mode) throws HeapException {
    ByteBuffer data = Call.struct(24).putLong(0, 4096).putInt(12, mode | Abi.O_CLOEXEC);
    Fd node = Devices.open(kernel, LinuxMemory.DMA_HEAPS.resolve("system"));
    long request = kernel.abi().ioctl().dmaHeapAlloc();
    assertEquals(0, node.call(n -> kernel.sys().ioctl(n, request, data)));
    node.close();
    return Fd.given(kernel, data.getInt(8), "a dma-buf of mode " + mode);
  }

  @Test
  void oneOpenedForReadingCanOnlyBeRead() throws Exception {
    Fd fd = allocated(Abi.O_RDONLY);
    DmaBufOps imported = linux.importFd(fd.fd());
    View view = imported.map();
    assertTrue(view.bytes(0, 4096).isReadOnly());
    assertEquals(0, view.bytes(0, 4096).getInt());
    HeapException e =
        assertThrows(HeapException.class, () -> imported.beginCpuAccess(Access.WRITE));
    assertEquals(Errno.EACCES.number(), e.errno());
    view.retire();
    imported.release();
    fd.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {Abi.O_WRONLY, Abi.O_ACCMODE})
  void oneThatCanNotBeReadIsRefused(int mode) throws Exception {
    refused(allocated(mode), Errno.EACCES, "which was not opened for reading");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/dma_heap/system", "/dev/udmabuf"})
  void aNodeIsNoBuffer(String path) throws Exception {
    int flags = Abi.O_RDONLY | Abi.O_CLOEXEC;
    Fd node = Fd.given(kernel, kernel.sys().open(Call.string(path), flags), path);
    refused(node, Errno.EINVAL, "a character device");
  }

  @Test
  void aPathToADmaBufIsNoneAndItCanNotBeOpenedAgain() throws Exception {
    LinuxBuffer buffer = new Way("system").buffer(4096);
    ByteBuffer path = Call.string("/proc/self/fd/" + buffer.fd().fd());
    int flags = Abi.O_PATH | Abi.O_CLOEXEC;
    refused(Fd.given(kernel, kernel.sys().open(path, flags), "path"), Errno.EINVAL, "O_PATH");
    buffer.release();
  }
}
