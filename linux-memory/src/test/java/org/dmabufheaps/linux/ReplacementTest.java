// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(NothingLeft.class)
class ReplacementTest {
  private volatile boolean refused;

  /** Refuses as a kernel does that is asked for too much, before anything has happened. */
  private Kernel kernel(Replacement replacement) {
    List<String> calls = List.of("mmap", "mremap");
    return TestKernel.with(
        TestKernel.watched(
            (name, arguments) -> refused && calls.contains(name) ? Errno.ENOMEM.number() : 0),
        replacement);
  }

  @ParameterizedTest
  @EnumSource
  void aByteBufferSeesZerosAndWhatItWritesReachesNobody(Replacement replacement) throws Exception {
    Kernel kernel = kernel(replacement);
    DmaBufOps buffer = new LinuxMemoryService(kernel).memfd(new TestRequest(1 << 20));
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 1 << 20);
    fill(bytes);
    view.retire();
    assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(1 << 20)));
    bytes.putInt(4096, 7);
    View second = buffer.map();
    assertEquals(0x5A5A5A5A, second.bytes(0, 1 << 20).getInt(4096));
    second.retire();
    buffer.release();
  }

  @ParameterizedTest
  @EnumSource
  void aRefusedOneLeavesTheViewAndIsMadeLater(Replacement replacement) throws Exception {
    Kernel kernel = kernel(replacement);
    DmaBufOps buffer = new LinuxMemoryService(kernel).memfd(new TestRequest(4096));
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 4096);
    fill(bytes);
    refused = true;
    view.retire();
    assertEquals(0x5A5A5A5A, bytes.getInt(0));
    refused = false;
    kernel.tidy();
    assertEquals(0, bytes.getInt(0));
    buffer.release();
  }

  /** What somebody else made may end within a page, which is replaced whole all the same. */
  @ParameterizedTest
  @EnumSource
  void aRefusedOneIsMadeLaterThoughTheBufferEndsWithinAPage(Replacement replacement)
      throws Exception {
    Kernel kernel = kernel(replacement);
    Fd memfd = Memfd.create(kernel, 5000, "odd", Memfd.F_SEAL_SHRINK);
    OwnedFd given = memfd.duplicate("an odd memfd");
    DmaBufOps buffer = new LinuxMemoryService(kernel).importFd(given.fd());
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 5000);
    fill(bytes);
    refused = true;
    view.retire();
    refused = false;
    kernel.tidy();
    assertEquals(0, bytes.getInt(4096));
    given.close();
    memfd.close();
    buffer.release();
  }

  @ParameterizedTest
  @EnumSource
  void readersOfAnyKindAreNeverHurt(Replacement replacement) throws Exception {
    LinuxMemory racing = new LinuxMemoryService(kernel(replacement));
    Racing.retire(2000, () -> racing.memfd(new TestRequest(Racing.SIZE)));
  }

  @ParameterizedTest
  @CsvSource({
    "6.12.43+deb13-amd64, AT_ONCE",
    "6.12, AT_ONCE",
    "7.3.4-acme, AT_ONCE",
    "10.0.0, AT_ONCE",
    "6.11.99, BY_MOVE",
    "6.1.0-13-amd64, BY_MOVE",
    "5.15, BY_MOVE",
    "unknown, BY_MOVE",
    "6, BY_MOVE",
    "99999.1, BY_MOVE",
    "'', BY_MOVE",
  })
  void anOldOrUnknownKernelGetsTheOneThatIsSafeEverywhere(String release, Replacement expected) {
    assertEquals(expected, Replacement.of(KernelRelease.of(release)));
  }

  private static void fill(ByteBuffer bytes) {
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) 0x5A);
    }
  }
}
