// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whether others have a memfd: by whatever descends from a descriptor that they got. */
@Tag("kernel")
@ExtendWith(NothingLeft.class)
class ReferencesTest {
  private static final int SIZE = 8192;
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;

  private final Kernel kernel = TestKernel.real();
  private final Syscalls sys = kernel.sys();
  private final LinuxMemory linux = TestKernel.linux();
  private LinuxBuffer buffer;

  @TempDir Path directory;

  @BeforeEach
  void make() throws Exception {
    buffer = (LinuxBuffer) linux.memfd(new TestRequest(SIZE));
  }

  @AfterEach
  void release() {
    buffer.release();
  }

  private boolean isHeld() throws HeapException {
    try (OwnedFd own = buffer.exportFd()) {
      long references = linux.references(own.fd());
      boolean held = !linux.reclaim(own.fd(), 1);
      assertEquals(held ? 2 : 1, references);
      return held;
    }
  }

  private int number() {
    return buffer.fd().fd();
  }

  @Test
  void nobodyHasWhatWasNeverGivenAway() throws Exception {
    assertFalse(isHeld());
    View view = buffer.map();
    assertFalse(isHeld(), "a view of the buffer's own is nobody else's");
    view.retire();
  }

  @Test
  void aDescriptorAndItsDuplicateAreSeen() throws Exception {
    OwnedFd given = buffer.exportFd();
    assertTrue(isHeld());
    Fd duplicate = Fd.duplicate(kernel, given.fd(), "it");
    given.close();
    assertTrue(isHeld());
    duplicate.close();
    assertFalse(isHeld());
  }

  @Test
  void aMappingAloneIsSeen() throws Exception {
    long address;
    try (OwnedFd given = buffer.exportFd()) {
      address = Call.check(Mmap.shared(sys, given.fd(), SIZE, true), "mapping");
    }
    assertTrue(isHeld());
    assertEquals(0, sys.munmap(address, SIZE));
    assertFalse(isHeld());
  }

  @Test
  void aMessageInFlightIsSeen() throws Exception {
    FdListener listener = linux.listen(directory.resolve("s"));
    FdSocket from = linux.connect(directory.resolve("s"));
    FdSocket to = listener.accept(0);
    try (OwnedFd given = buffer.exportFd()) {
      from.send(ByteBuffer.allocate(1), given);
    }
    assertTrue(isHeld());
    from.close();
    assertTrue(isHeld(), "though the sender has gone");
    to.close();
    listener.close();
    Ends.soon("nobody can receive it", () -> !isHeld());
  }

  @Test
  void whatAnotherProcessHasIsSeen() throws Exception {
    try (HolderProcess other = HolderProcess.start(linux, directory.resolve("s"))) {
      other.tell(HolderProcess.HOLD, buffer);
      assertTrue(isHeld(), "a descriptor");
      other.tell(HolderProcess.LET_GO, buffer);
      Ends.soon("it was closed there", () -> !isHeld());
      other.tell(HolderProcess.MAP, buffer);
      assertTrue(isHeld(), "a mapping");
      other.kill();
      Ends.soon("it was killed", () -> !isHeld());
    }
  }

  @Test
  void whoOpensItForReadingIsSeen() throws Exception {
    ByteBuffer path = Call.string("/proc/self/fd/" + number());
    try (Fd reading = Fd.of(kernel, sys.open(path, Abi.O_RDONLY | Abi.O_CLOEXEC), "it")) {
      assertTrue(isHeld(), () -> "with " + reading);
    }
    assertFalse(isHeld());
  }

  @Test
  void aDescriptorThatNothingCountsLeadsNowhere() throws Exception {
    ByteBuffer path = Call.string("/proc/self/fd/" + number());
    try (Fd hidden = Fd.of(kernel, sys.open(path, Abi.O_PATH | Abi.O_CLOEXEC), "it")) {
      View view = buffer.map();
      view.bytes(0, SIZE).put(0, (byte) 7);
      assertFalse(isHeld(), () -> "with " + hidden);
      FileFacts facts = FileFacts.of(sys, hidden.fd());
      assertEquals(0600, facts.mode() & 0777, "nobody else can open it");
      assertEquals(0, facts.allocatedBytes(), "and nothing is in it");
      view.retire();
    }
  }

  @Test
  void whatIsHeldKeepsItsBytesAndWhatIsNotGoesBackToTheSystem() throws Exception {
    View view = buffer.map();
    view.bytes(0, SIZE).put(0, (byte) 7);
    try (OwnedFd given = buffer.exportFd()) {
      assertTrue(isHeld(), () -> "with " + given);
      assertEquals(7, view.bytes(0, SIZE).get(0));
    }
    assertFalse(isHeld());
    assertEquals(0, view.bytes(0, SIZE).get(0));
    view.retire();
  }

  @Test
  void whereItCanNotBeToldNothingIsTaken() throws Exception {
    View view = buffer.map();
    view.bytes(0, SIZE).put(0, (byte) 7);
    try (OwnedFd duplicate = buffer.fd().duplicate("it")) {
      assertEquals(2, linux.references(duplicate.fd()), "not an open file of its own");
      assertTrue(linux.reclaim(duplicate.fd(), 2), "no more than before");
      assertEquals(7, view.bytes(0, SIZE).get(0));
    }
    view.retire();
  }

  @Test
  void aClientsOffsetIsItsOwn() throws Exception {
    try (OwnedFd one = buffer.exportFd();
        OwnedFd other = buffer.exportFd()) {
      assertEquals(4096, sys.lseek(one.fd(), 4096, SEEK_SET));
      assertEquals(0, sys.lseek(other.fd(), 0, SEEK_CUR));
      assertNotEquals(one.fd(), other.fd());
    }
  }

  @Test
  void withoutProcADescriptorIsADuplicate() throws Exception {
    LinuxMemory bare =
        new LinuxMemoryService(
            TestKernel.with(
                TestKernel.watched(
                    (name, arguments) -> name.equals("open") ? Errno.ENOENT.number() : 0)));
    DmaBufOps made = bare.memfd(new TestRequest(SIZE));
    try (OwnedFd fd = made.exportFd()) {
      assertEquals(SIZE, bare.describe(fd.fd()).sizeBytes());
      assertEquals(2, bare.references(fd.fd()));
    }
    made.release();
  }
}
