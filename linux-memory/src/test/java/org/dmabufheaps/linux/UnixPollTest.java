// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdPoll.Watched;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Many sockets in one thread: nothing waits but the poll. */
@ExtendWith(NothingLeft.class)
class UnixPollTest {
  @TempDir Path directory;

  private final LinuxMemory linux = TestKernel.linux();
  private final List<FdSocket> sockets = new ArrayList<>();
  private FdListener listener;
  private FdPoll poll;

  @BeforeEach
  void open() throws HeapException {
    listener = linux.listen(directory.resolve("s"));
    poll = linux.poll();
  }

  @AfterEach
  void close() {
    poll.close();
    sockets.forEach(FdSocket::close);
    listener.close();
  }

  private FdSocket connect() throws HeapException {
    FdSocket socket = linux.connect(directory.resolve("s"));
    sockets.add(socket);
    return socket;
  }

  private FdSocket accept() throws HeapException {
    FdSocket socket = listener.tryAccept();
    sockets.add(socket);
    return socket;
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count);
  }

  @Test
  void theOneThatHasSomethingIsFound() throws Exception {
    assertNull(listener.tryAccept(), "nobody yet");
    Watched door = poll.watch(listener, "door");
    door.want(true, false);
    List<FdSocket> clients = List.of(connect(), connect(), connect());
    List<FdSocket> servers = new ArrayList<>();
    while (servers.size() < 3) {
      assertEquals(List.of(door), poll.await(5_000));
      servers.add(accept());
    }
    List<Watched> all = servers.stream().map(server -> poll.watch(server, server)).toList();
    all.forEach(watched -> watched.want(true, false));
    assertEquals(List.of(), poll.await(20));
    clients.get(1).send(bytes(1));
    List<Watched> ready = poll.await(5_000);
    assertEquals(List.of(all.get(1)), ready);
    assertSame(servers.get(1), ready.get(0).key());
    assertTrue(ready.get(0).readable() && !ready.get(0).hungUp() && !ready.get(0).writable());
    all.get(1).want(false, false);
    assertEquals(List.of(), poll.await(20), "not wanted any more");
    all.get(1).close();
    clients.get(1).close();
    assertEquals(List.of(), poll.await(20), "not watched any more");
  }

  @Test
  void thePeersEndIsFoundThoughNothingIsWanted() throws Exception {
    FdSocket client = connect();
    Watched watched = poll.watch(accept(), "");
    client.close();
    assertEquals(List.of(watched), poll.await(5_000));
    assertTrue(watched.hungUp());
  }

  @Test
  void wakingEndsTheWaitNowOrTheNextOne() throws Exception {
    poll.wake();
    poll.wake();
    assertEquals(List.of(), poll.await(0), "woken before");
    Thread waker = onceSomebodyWaits(poll::wake);
    assertEquals(List.of(), poll.await(0));
    waker.join();
    assertEquals(List.of(), poll.await(1), "one wait for each waking");
  }

  private static Thread onceSomebodyWaits(Runnable action) {
    Thread here = Thread.currentThread();
    Thread thread =
        new Thread(
            () -> {
              while (!Arrays.toString(here.getStackTrace()).contains("UnixPoll.poll")) {
                Thread.onSpinWait();
              }
              action.run();
            });
    thread.start();
    return thread;
  }

  @Test
  void closingEndsTheWaitAndWhatIsClosedIsReady() throws Exception {
    connect();
    FdSocket server = accept();
    Watched watched = poll.watch(server, "");
    server.close();
    assertEquals(List.of(watched), poll.await(0));
    assertTrue(watched.hungUp());
    watched.close();
    Thread closer = onceSomebodyWaits(poll::close);
    assertThrows(BufferClosedException.class, () -> poll.await(0));
    closer.join();
    assertThrows(BufferClosedException.class, () -> poll.watch(listener, ""));
    poll.wake();
  }

  @Test
  void aFullSocketTakesNothingAndNoDescriptorUntilItIsRead() throws Exception {
    FdSocket client = connect();
    FdSocket server = accept();
    ByteBuffer much = bytes(32 << 20);
    while (server.trySend(much) > 0) {
      assertTrue(much.hasRemaining(), "it never fills");
    }
    DmaBufOps buffer = linux.memfd(new TestRequest(4096));
    OwnedFd fd = buffer.exportFd();
    int left = much.remaining();
    assertEquals(0, server.trySend(much, fd));
    assertEquals(left, much.remaining());
    Watched watched = poll.watch(server, "");
    watched.want(false, true);
    assertEquals(List.of(), poll.await(20));
    ByteBuffer into = bytes(64 << 10);
    int received = 0;
    while (received < much.position()) {
      assertEquals(List.of(), client.tryReceive(into.clear(), 1), "no descriptor came");
      received += into.position();
    }
    assertEquals(List.of(watched), poll.await(5_000));
    assertTrue(watched.writable() && !watched.hungUp());
    assertEquals(2, server.trySend(bytes(2), fd));
    List<OwnedFd> fds = client.tryReceive(into.clear(), 1);
    assertEquals(1, fds.size());
    fds.get(0).close();
    fd.close();
    buffer.release();
  }

  @Test
  void nothingThereIsToldFromTheEndAndTooManyDescriptorsAreClosed() throws Exception {
    FdSocket client = connect();
    FdSocket server = accept();
    ByteBuffer into = bytes(8);
    assertEquals(List.of(), server.tryReceive(into, 1));
    assertEquals(0, into.position(), "nothing there");
    DmaBufOps buffer = linux.memfd(new TestRequest(4096));
    try (OwnedFd fd = buffer.exportFd()) {
      client.trySend(bytes(1), fd, fd);
      List<String> before = NothingLeft.descriptors();
      HeapException e = assertThrows(HeapException.class, () -> server.tryReceive(into, 1));
      assertEquals(Errno.EMSGSIZE.number(), e.errno());
      assertEquals(before, NothingLeft.descriptors());
    }
    buffer.release();
    client.close();
    assertNull(server.tryReceive(into, 1), "the end");
    assertThrows(HeapException.class, () -> server.trySend(bytes(1)));
  }

  @Test
  void manySocketsAreWatchedAndEachIsHeld() throws Exception {
    Watched door = poll.watch(listener, "");
    door.want(true, false);
    for (int i = 0; i < 100; i++) {
      connect();
      poll.watch(accept(), i);
    }
    FdSocket last = connect();
    assertEquals(List.of(door), poll.await(5_000));
    FdSocket server = accept();
    Watched watched = poll.watch(server, "last");
    watched.want(true, false);
    last.send(bytes(1));
    assertEquals(List.of(watched), poll.await(5_000));
  }

  /** A wake between what a poll found and what it reads of it. */
  @Test
  @Timeout(60)
  void aWakeThatComesInBetweenDoesNotStopLaterOnes() throws Exception {
    AtomicReference<FdPoll> woken = new AtomicReference<>();
    Syscalls sys =
        TestKernel.watched(
            (name, arguments) -> {
              FdPoll own = name.equals("read") ? woken.getAndSet(null) : null;
              if (own != null) {
                own.wake();
              }
              return 0;
            });
    try (FdPoll own = new LinuxMemoryService(TestKernel.with(sys)).poll()) {
      woken.set(own);
      own.wake();
      own.await(0);
      own.wake();
      own.await(0);
      assertNull(woken.get(), "it came in between");
    }
  }

  @Test
  void misuseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> poll.await(-1));
    assertThrows(IllegalArgumentException.class, () -> poll.watch((FdSocket) null, ""));
    assertThrows(IllegalArgumentException.class, () -> poll.watch((FdListener) null, ""));
  }

  @Test
  void peersHaveTheGroupsOfThisProcess() throws Exception {
    connect();
    List<Integer> groups = accept().peerGroups();
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(l -> l.startsWith("Groups:"))
            .findFirst()
            .orElseThrow();
    String listed = line.substring("Groups:".length()).trim();
    List<Integer> expected = new ArrayList<>();
    for (String group : listed.isEmpty() ? new String[0] : listed.split(" +")) {
      expected.add(Integer.valueOf(group));
    }
    assertEquals(expected, groups);
    assertFalse(groups.contains(-1));
  }
}
