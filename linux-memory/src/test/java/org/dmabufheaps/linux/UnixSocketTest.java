// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NothingLeft.class)
class UnixSocketTest {
  @TempDir Path directory;

  private final LinuxMemory linux = TestKernel.linux();
  private Path path;
  private FdListener listener;
  private FdSocket client;
  private FdSocket server;
  private DmaBufOps buffer;
  private OwnedFd fd;

  @BeforeEach
  void connect() throws HeapException {
    path = directory.resolve("s");
    listener = linux.listen(path);
    client = linux.connect(path);
    server = listener.accept(5_000);
    buffer = linux.memfd(new TestRequest(4096));
    fd = buffer.exportFd();
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
    listener.close();
    fd.close();
    buffer.release();
  }

  private static int errno(Executable call) {
    return assertThrows(HeapException.class, call).errno();
  }

  @Test
  void aConnectionThatIsNotWantedAnyMoreIsGivenUpAndOneThatIsComesAbout() throws Exception {
    List<FdSocket> queued = new ArrayList<>();
    // More than the queue holds; the last one finds it full.
    while (queued.isEmpty() || queued.get(queued.size() - 1) != null) {
      queued.add(connectOnce());
    }
    queued.remove(queued.size() - 1);
    Thread accepting =
        new Thread(
            () -> {
              try {
                listener.accept(5_000).close();
              } catch (HeapException e) {
                throw new AssertionError(e);
              }
            });
    accepting.start();
    linux.connect(path).close();
    accepting.join();
    queued.forEach(FdSocket::close);
  }

  /** Returns {@code null} when the queue is full. */
  private FdSocket connectOnce() throws HeapException {
    try {
      return linux.connect(path, () -> false);
    } catch (HeapException e) {
      assertEquals(125, e.errno());
      return null;
    }
  }

  /** Runs a call that waits, ends it from here, and returns what it threw. */
  private static Throwable woken(Executable waits, Runnable end, String frame) throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                waits.execute();
              } catch (Throwable e) {
                thrown.set(e);
              }
            });
    thread.start();
    Ends.soon(
        "waiting in " + frame,
        () ->
            Arrays.stream(thread.getStackTrace()).anyMatch(at -> at.getMethodName().equals(frame)));
    end.run();
    thread.join(5_000);
    assertFalse(thread.isAlive(), "woken");
    return thrown.get();
  }

  @Test
  void theFileIsForItsOwnerOnlyAndGoesWithTheListener() throws Exception {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    assertEquals(Errno.EADDRINUSE.number(), errno(() -> linux.listen(path)), "a second listener");
    assertTrue(Files.exists(path), "the first one's file stays");
    listener.close();
    assertFalse(Files.exists(path));
    assertEquals(Errno.ENOENT.number(), errno(() -> linux.connect(path)));
  }

  @Test
  void aFileThatAnotherListenerPutThereStays() throws Exception {
    Files.delete(path);
    FdListener other = linux.listen(path);
    listener.close();
    assertTrue(Files.exists(path));
    other.close();
    assertFalse(Files.exists(path));
  }

  @Test
  void peersKnowEachOther() throws Exception {
    int pid = (int) ProcessHandle.current().pid();
    int uid = (Integer) Files.getAttribute(path, "unix:uid");
    assertEquals(pid, server.peer().pid());
    assertEquals(uid, server.peer().uid());
    assertEquals(pid, client.peer().pid());
  }

  @Test
  void bytesAndDescriptorsArriveInOrder() throws Exception {
    DmaBufOps second = linux.memfd(new TestRequest(8192));
    OwnedFd secondFd = second.exportFd();
    client.send(ByteBuffer.wrap(new byte[] {0, 1, 2, 3}).position(1), fd, secondFd);
    ByteBuffer into = ByteBuffer.allocate(10).position(2);
    List<OwnedFd> fds = server.receive(into, FdSocket.MAX_FDS, 5_000);
    assertEquals(5, into.position());
    assertArrayEquals(new byte[] {1, 2, 3}, Arrays.copyOfRange(into.array(), 2, 5));
    assertEquals(2, fds.size());
    assertEquals(
        linux.describe(fd.fd()).inode(), linux.describe(fds.get(0).fd()).inode(), "the first");
    assertEquals(8192, linux.describe(fds.get(1).fd()).sizeBytes());
    assertTrue(linux.describe(fds.get(0).fd()).closeOnExec());
    fds.forEach(OwnedFd::close);
    secondFd.close();
    second.release();
  }

  @Test
  void asManyDescriptorsAsTheKernelTakesArrive() throws Exception {
    OwnedFd[] many = new OwnedFd[FdSocket.MAX_FDS];
    Arrays.fill(many, fd);
    client.send(ByteBuffer.allocate(1), many);
    List<OwnedFd> fds = server.receive(ByteBuffer.allocate(1), FdSocket.MAX_FDS, 5_000);
    assertEquals(FdSocket.MAX_FDS, fds.size());
    fds.forEach(OwnedFd::close);
    assertThrows(
        IllegalArgumentException.class,
        () -> client.send(ByteBuffer.allocate(1), Arrays.copyOf(many, many.length + 1)));
  }

  @Test
  void aLargeMessageArrivesWholeFromAnyKindOfBuffer() throws Exception {
    for (ByteBuffer bytes :
        List.of(ByteBuffer.allocate(3 << 20), ByteBuffer.allocateDirect(3 << 20))) {
      for (int i = 0; i < bytes.capacity(); i += 4) {
        bytes.putInt(i, i);
      }
      Thread sender =
          new Thread(
              () -> {
                try {
                  client.send(bytes, fd);
                } catch (HeapException e) {
                  throw new AssertionError(e);
                }
              });
      sender.start();
      ByteBuffer into = ByteBuffer.allocate(3 << 20);
      int fds = 0;
      while (into.hasRemaining()) {
        List<OwnedFd> received = server.receive(into, 1, 5_000);
        fds += received.size();
        received.forEach(OwnedFd::close);
      }
      sender.join();
      assertEquals(1, fds);
      assertFalse(bytes.hasRemaining());
      assertEquals(bytes.flip(), into.flip());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void moreDescriptorsThanWantedAreAllClosed(int room) throws Exception {
    client.send(ByteBuffer.allocate(1), fd, fd, fd);
    List<String> before = NothingLeft.descriptors();
    assertEquals(
        Errno.EMSGSIZE.number(), errno(() -> server.receive(ByteBuffer.allocate(1), room, 5_000)));
    assertEquals(before, NothingLeft.descriptors());
  }

  @Test
  void theEndOfTheStreamIsTold() throws Exception {
    client.send(ByteBuffer.allocate(1));
    client.close();
    assertEquals(List.of(), server.receive(ByteBuffer.allocate(5), 1, 5_000));
    assertNull(server.receive(ByteBuffer.allocate(5), 1, 5_000));
    assertEquals(Errno.EPIPE.number(), errno(() -> server.send(ByteBuffer.allocate(1))));
  }

  @Test
  void waitingHasALimit() {
    long start = System.nanoTime();
    assertEquals(
        Errno.ETIMEDOUT.number(), errno(() -> server.receive(ByteBuffer.allocate(1), 0, 50)));
    assertEquals(Errno.ETIMEDOUT.number(), errno(() -> listener.accept(50)));
    assertTrue(System.nanoTime() - start >= 100_000_000, "it waited");
  }

  @Test
  void closingWakesWhoWaits() throws Exception {
    ByteBuffer into = ByteBuffer.allocate(1);
    assertInstanceOf(
        BufferClosedException.class,
        woken(() -> server.receive(into, 0, 0), server::close, "poll"));
    assertInstanceOf(
        BufferClosedException.class, woken(() -> listener.accept(0), listener::close, "poll"));
    ByteBuffer tooMuch = ByteBuffer.allocate(16 << 20);
    FdSocket full = client;
    assertInstanceOf(
        HeapException.class, assertThrows(Exception.class, () -> full.send(tooMuch)), "peer gone");
  }

  @Test
  void closingWakesWhoSends() throws Exception {
    ByteBuffer tooMuch = ByteBuffer.allocate(16 << 20);
    assertInstanceOf(
        BufferClosedException.class, woken(() -> client.send(tooMuch), client::close, "sendmsg"));
  }

  @Test
  void whatIsClosedIsRefused() {
    client.close();
    assertThrows(BufferClosedException.class, () -> client.send(ByteBuffer.allocate(1)));
    assertThrows(BufferClosedException.class, () -> client.receive(ByteBuffer.allocate(1), 0, 100));
    listener.close();
    assertThrows(BufferClosedException.class, () -> listener.accept(100));
    fd.close();
    assertThrows(BufferClosedException.class, () -> server.send(ByteBuffer.allocate(1), fd));
  }

  @Test
  void misuseIsRefusedBeforeAnythingIsCalled() {
    assertThrows(IllegalArgumentException.class, () -> client.send(ByteBuffer.allocate(0)));
    assertThrows(
        IllegalArgumentException.class, () -> client.receive(ByteBuffer.allocate(0), 0, 1));
    assertThrows(
        IllegalArgumentException.class, () -> client.receive(ByteBuffer.allocate(1), -1, 1));
    assertThrows(
        IllegalArgumentException.class, () -> client.receive(ByteBuffer.allocate(1), 254, 1));
    assertThrows(
        IllegalArgumentException.class, () -> client.receive(ByteBuffer.allocate(1), 0, -1));
    assertThrows(
        ReadOnlyBufferException.class,
        () -> client.receive(ByteBuffer.allocate(1).asReadOnlyBuffer(), 0, 1));
    Path tooLong = Path.of("/tmp/" + "x".repeat(103));
    assertThrows(IllegalArgumentException.class, () -> linux.listen(tooLong));
    assertThrows(IllegalArgumentException.class, () -> linux.connect(Path.of("")));
  }

  @Test
  void aPathOfFullLengthWorks() throws Exception {
    Path longest = directory.resolve("x".repeat(107 - directory.toString().length() - 1));
    FdListener other = linux.listen(longest);
    linux.connect(longest).close();
    other.accept(5_000).close();
    other.close();
    assertFalse(Files.exists(longest));
  }
}
