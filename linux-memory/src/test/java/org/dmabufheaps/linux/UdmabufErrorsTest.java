// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code UDMABUF_CREATE} refuses, and what it takes. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class UdmabufErrorsTest {
  private static final Path PARAMETERS = Path.of("/sys/module/udmabuf/parameters");
  private static final int MFD_CLOEXEC = 1;
  private static final long SIZE = 4 * 4096;

  private final Kernel kernel = TestKernel.real();
  private final Syscalls sys = kernel.sys();
  private final LinuxMemory linux = TestKernel.linux();
  private Fd node;

  @BeforeEach
  void openNode() throws HeapException {
    node = Devices.open(kernel, LinuxMemory.UDMABUF);
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  private Fd memfd(int seals) throws HeapException {
    return Memfd.create(kernel, SIZE, "test", seals);
  }

  private long create(int memfd, int flags, long offset, long size) {
    ByteBuffer struct = Call.struct(24);
    struct.putInt(0, memfd).putInt(4, flags).putLong(8, offset).putLong(16, size);
    return node.call(fd -> sys.ioctl(fd, kernel.abi().ioctl().udmabufCreate(), struct));
  }

  private long create(Fd memfd) {
    return create(memfd.fd(), 1, 0, SIZE);
  }

  private Fd made(long result) throws HeapException {
    return Fd.of(kernel, result, "udmabuf");
  }

  private static void refused(Errno errno, long result, String what) {
    assertEquals(-errno.number(), result, what);
  }

  @Test
  void aFileThatIsNoMemfdIsInABadState() throws Exception {
    LinuxBuffer dmaBuf = new Way("system").buffer(SIZE);
    Fd device = Fd.of(kernel, sys.open(Call.string("/dev/zero"), Abi.O_CLOEXEC), "/dev/zero");
    for (int other : new int[] {dmaBuf.fd().fd(), device.fd(), 999_999, -1}) {
      refused(Errno.EBADFD, create(other, 1, 0, SIZE), "descriptor " + other);
    }
    device.close();
    dmaBuf.release();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        Memfd.F_SEAL_GROW,
        Memfd.F_SEAL_SHRINK | Memfd.F_SEAL_WRITE,
        Memfd.F_SEAL_SHRINK | Memfd.F_SEAL_FUTURE_WRITE
      })
  void theSealsMustForbidShrinkingAndAllowWriting(int seals) throws Exception {
    Fd memfd = memfd(seals);
    refused(Errno.EINVAL, create(memfd), "seals " + seals);
    memfd.close();
  }

  @Test
  void aMemfdThatCanHaveNoSealsIsInvalid() throws Exception {
    Fd memfd =
        Fd.of(kernel, sys.memfd_create(Call.string("unsealable"), MFD_CLOEXEC), "unsealable");
    assertEquals(0, sys.ftruncate(memfd.fd(), SIZE));
    refused(Errno.EINVAL, create(memfd), "without MFD_ALLOW_SEALING");
    memfd.close();
  }

  @Test
  void theOtherSealsAreNoHindrance() throws Exception {
    Fd memfd = memfd(Memfd.F_SEAL_SHRINK | Memfd.F_SEAL_GROW | Memfd.F_SEAL_SEAL);
    made(create(memfd)).close();
    memfd.close();
  }

  /** A range of a memfd of 16384 bytes. */
  record Part(long offset, long size) {}

  static Stream<Part> wrongParts() {
    return Stream.of(
        new Part(0, 0),
        new Part(0, 4095),
        new Part(1, 4096),
        new Part(0, SIZE + 4096),
        new Part(SIZE, 4096),
        new Part(4096, SIZE),
        new Part(-4096, 8192),
        new Part(0, -4096),
        new Part(1L << 62, 4096));
  }

  @ParameterizedTest
  @MethodSource("wrongParts")
  void aRangeMustBeOfPagesAndWithinTheFile(Part part) throws Exception {
    Fd memfd = memfd(Udmabuf.SEALS);
    refused(Errno.EINVAL, create(memfd.fd(), 1, part.offset, part.size), part.toString());
    memfd.close();
  }

  @Test
  void onlyCloseOnExecIsLookedAtInTheFlags() throws Exception {
    Fd memfd = memfd(Udmabuf.SEALS);
    Fd all = made(create(memfd.fd(), 0xff, 0, SIZE));
    assertTrue(linux.describe(all.fd()).closeOnExec());
    all.close();
    memfd.close();
  }

  @Test
  void moreThanTheModulesLimitOfMebibytesIsInvalidAndRefusedBeforeTheCall() throws Exception {
    Path limit = PARAMETERS.resolve("size_limit_mb");
    String before = Files.readString(limit);
    Files.writeString(limit, "8");
    try {
      assertEquals(8L << 20, linux.udmabufMaxBytes());
      linux.udmabuf(new TestRequest(8L << 20)).release();
      long more = (8L << 20) + 4096;
      Fd memfd = Memfd.create(kernel, more, "test", Udmabuf.SEALS);
      refused(Errno.EINVAL, create(memfd.fd(), 1, 0, more), "over size_limit_mb");
      memfd.close();
      HeapException e =
          assertThrows(HeapException.class, () -> linux.udmabuf(new TestRequest(more)));
      assertEquals(Errno.EINVAL.number(), e.errno());
      assertTrue(e.getMessage().contains("over the 8388608 of " + limit), e.getMessage());
    } finally {
      Files.writeString(limit, before);
    }
  }

  @Test
  void moreRangesThanTheModulesLimitAreInvalid() throws Exception {
    int limit = Integer.parseInt(Files.readString(PARAMETERS.resolve("list_limit")).strip());
    DmaBufOps memfd = linux.memfd(new TestRequest(4096));
    DmaBufOps most = linux.udmabuf(memfd, Collections.nCopies(limit, new Range(0, 4096)));
    assertEquals(limit * 4096L, most.size());
    most.release();
    List<Range> tooMany = Collections.nCopies(limit + 1, new Range(0, 4096));
    HeapException e = assertThrows(HeapException.class, () -> linux.udmabuf(memfd, tooMany));
    assertEquals(Errno.EINVAL.number(), e.errno());
    memfd.release();
    long list = kernel.abi().ioctl().udmabufCreateList();
    refused(Errno.EINVAL, node.call(n -> sys.ioctl(n, list, Call.struct(8))), "an empty list");
    refused(Errno.EFAULT, node.call(n -> sys.ioctl(n, list, null)), "no list");
    refused(Errno.ENOTTY, node.call(n -> sys.ioctl(n, list + 7, Call.struct(8))), "no request");
  }

  @Test
  void anEndWithoutABeginIsTold() throws Exception {
    DmaBufOps buffer = linux.udmabuf(new TestRequest(4096));
    HeapException e =
        assertThrows(HeapException.class, () -> buffer.endCpuAccess(Access.READ_WRITE));
    assertEquals(Errno.EINVAL.number(), e.errno());
    assertTrue(e.getMessage().contains("udmabuf of 4096 bytes for READ_WRITE"), e.getMessage());
    buffer.release();
    for (String heap : linux.dmaHeaps()) {
      DmaBufOps other = new Way(heap).allocate(linux, 4096);
      other.endCpuAccess(Access.READ_WRITE);
      other.release();
    }
  }
}
