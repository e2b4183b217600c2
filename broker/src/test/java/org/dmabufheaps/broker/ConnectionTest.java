// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages in a stream, on a real socket. */
class ConnectionTest {
  @TempDir Path directory;

  private final LinuxMemory linux = open();
  private FdListener listener;
  private FdSocket peer;
  private FdPoll poll;
  private Connection connection;

  private static LinuxMemory open() {
    try {
      return LinuxMemory.open();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void connect() throws Exception {
    listener = linux.listen(directory.resolve("s"));
    peer = linux.connect(directory.resolve("s"));
    FdSocket socket = listener.accept(5_000);
    poll = linux.poll();
    connection = new Connection(socket, Client.of(socket, new Account(socket.peer().uid())));
    connection.watched(poll.watch(socket, connection));
  }

  @AfterEach
  void close() {
    connection.end();
    connection.close();
    poll.close();
    peer.close();
    listener.close();
  }

  private void sends(String text) throws Exception {
    peer.send(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  private String next() {
    ByteBuffer message = connection.next();
    return message == null ? null : UTF_8.decode(message).toString();
  }

  @Test
  void aMessageEndsWithItsNulHoweverItComes() throws Exception {
    sends("ab");
    assertTrue(connection.receive());
    assertNull(next());
    sends("c\0de\0\0f");
    assertTrue(connection.receive());
    assertEquals(List.of("abc", "de", ""), List.of(next(), next(), next()));
    assertNull(next());
    sends("\0");
    assertTrue(connection.receive());
    assertEquals("f", next());
    peer.close();
    assertFalse(connection.receive(), "the end");
  }

  @Test
  void aMessageMayHave64KibAndNoMore() throws Exception {
    String longest = "x".repeat(Connection.MAX_MESSAGE - 1);
    for (int i = 0; i < 2; i++) {
      Thread sender = new Thread(() -> send(longest + "\0"));
      sender.start();
      String message = null;
      while (message == null) {
        poll.await(5_000);
        assertTrue(connection.receive());
        message = next();
        assertNull(connection.excess());
      }
      assertEquals(longest, message);
      sender.join();
    }
    Thread sender = new Thread(() -> send(longest + "x"));
    sender.start();
    while (connection.excess() == null) {
      poll.await(5_000);
      assertTrue(connection.receive());
      assertNull(next());
    }
    sender.join();
  }

  private void send(String text) {
    try {
      sends(text);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void descriptorsThatNobodyWantsAreClosedAndTooManyAreTooMany() throws Exception {
    DmaBufOps buffer = linux.memfd(AllocationRequest.uncounted(4096));
    try (OwnedFd fd = buffer.exportFd()) {
      peer.send(ByteBuffer.wrap(new byte[] {'a', 0}), fd);
      assertTrue(connection.receive());
      assertFalse(connection.hasUnwanted());
      assertEquals("a", next());
      assertEquals(1, connection.fds().size());
      OwnedFd came = connection.fds().get(0);
      assertTrue(connection.hasUnwanted());
      connection.closeTaken();
      assertFalse(came.isOpen());
      assertEquals(0, connection.fds().size());
      for (int i = 0; i <= Connection.MAX_FDS; i++) {
        assertNull(connection.excess());
        peer.send(ByteBuffer.wrap(new byte[] {'b'}), fd);
        assertTrue(connection.receive());
      }
      assertNotNull(connection.excess());
    } finally {
      buffer.release();
    }
  }

  @Test
  void descriptorsGoWithTheirMessageHoweverManyWait() throws Exception {
    DmaBufOps buffer = linux.memfd(AllocationRequest.uncounted(4096));
    try (OwnedFd fd = buffer.exportFd()) {
      sends("a\0b\0");
      peer.send(ByteBuffer.wrap(new byte[] {'c', 'c', 0}), fd);
      sends("d\0");
      assertTrue(connection.receive());
      assertEquals(List.of("a", "b"), List.of(next(), next()));
      assertEquals(List.of(), connection.fds(), "it is not theirs");
      while (!connection.hasNext()) {
        assertTrue(connection.receive());
      }
      assertEquals("cc", next());
      assertEquals(1, connection.fds().size());
      connection.closeTaken();
      while (!connection.hasNext()) {
        assertTrue(connection.receive());
      }
      assertEquals("d", next());
      assertEquals(List.of(), connection.fds());
    } finally {
      buffer.release();
    }
  }

  @Test
  void manyMessagesPassThroughOneBuffer() throws Exception {
    int received = 0;
    for (int sent = 0; sent < 5_000; sent += 50) {
      StringBuilder text = new StringBuilder();
      for (int i = sent; i < sent + 50; i++) {
        text.append("x".repeat(i % 97)).append(i).append('\0');
      }
      sends(text.toString());
      // Some are left when the next come.
      while (received < sent + 25) {
        if (!connection.hasNext()) {
          assertTrue(connection.receive());
        } else {
          assertEquals("x".repeat(received % 97) + received, next());
          received++;
        }
        assertNull(connection.excess());
      }
    }
  }

  @Test
  void whatASlowPeerDoesNotTakeIsSentLater() throws Exception {
    DmaBufOps buffer = linux.memfd(AllocationRequest.uncounted(4096));
    OwnedFd fd = buffer.exportFd();
    Map<String, Object> message = Map.of("parameters", Map.of("x", "y".repeat(1 << 20)));
    connection.send(message, List.of(fd));
    assertTrue(connection.isSending());
    assertTrue(connection.isLate(Long.MAX_VALUE / 2, 1, 0), "the peer has so long");
    ByteBuffer into = ByteBuffer.allocate(2 << 20);
    List<OwnedFd> came = peer.receive(into, 1, 5_000);
    while (connection.isSending()) {
      poll.await(10);
      connection.flush();
      peer.receive(into, 1, 5_000);
    }
    while (into.get(into.position() - 1) != 0) {
      peer.receive(into, 1, 5_000);
    }
    assertEquals(1, came.size());
    assertFalse(fd.isOpen(), "it has gone");
    assertEquals(Json.write(message) + "\0", UTF_8.decode(into.flip()).toString());
    came.get(0).close();
    buffer.release();
  }

  @Test
  void silenceHasALimitUnlessThereIsABuffer() {
    long soon = System.nanoTime() + 1_000_000_000L;
    assertFalse(connection.isLate(soon, 10, 0));
    assertTrue(connection.isLate(soon, 10, 10));
    connection.busy(true);
    assertFalse(connection.isLate(soon, 10, 10));
    connection.busy(false);
    assertTrue(connection.client().keep(new Held(1, null, "h", "memfd", 1, new Lent(), true)));
    assertFalse(connection.isLate(soon, 10, 10));
    assertEquals(1, connection.end().size());
    assertFalse(
        connection.client().keep(new Held(2, null, "h", "memfd", 1, new Lent(), true)),
        "it has ended");
  }
}
