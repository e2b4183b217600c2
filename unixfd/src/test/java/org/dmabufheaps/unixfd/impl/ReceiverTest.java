// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.unixfd.ReceivedFrame;
import org.junit.jupiter.api.Test;

/** A receiver, and a sink that does what it likes. */
class ReceiverTest {
  private static final long WAIT = TimeUnit.SECONDS.toMillis(20);

  /** Imports as core does, without its books. */
  private static AllocationService allocation(Rig rig) {
    return proxy(
        AllocationService.class,
        (method, argument) -> {
          DmaBufOps ops = rig.linux.importFd(((OwnedFd) argument).fd());
          return proxy(
              DmaBuf.class,
              (of, nothing) -> {
                if (of.equals("close")) {
                  ops.release();
                }
                return of.equals("size") ? ops.size() : null;
              });
        });
  }

  private interface Answer {
    Object to(String method, Object argument) throws HeapException;
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                answer.to(method.getName(), arguments == null ? null : arguments[0])));
  }

  private static OpenReceiver receiver(Rig rig, FdSocket socket, int queue) {
    OpenReceiver receiver =
        new OpenReceiver(rig.loop, socket, allocation(rig), rig.logger(), "the sink", queue);
    receiver.start();
    return receiver;
  }

  /** The sink's side of a connection. */
  private interface Sink {
    void with(OpenReceiver receiver, FdSocket sink) throws Exception;
  }

  private static void connected(Rig rig, int queue, Sink test) throws Exception {
    try (FdListener listener = rig.backend.listen(rig.socket);
        OpenReceiver receiver = receiver(rig, rig.backend.connect(rig.socket), queue);
        FdSocket sink = listener.accept(WAIT)) {
      test.with(receiver, sink);
    }
  }

  private static NewBuffer buffer(long id, long size, long offset) {
    List<NewBuffer.Memory> memories = List.of(new NewBuffer.Memory(size, offset));
    return new NewBuffer(id, id, 1, false, memories, null);
  }

  private static OwnedFd memory(Rig rig) throws Exception {
    return rig.frame(1).memories().get(0).fd();
  }

  private static long released(FdSocket sink) throws Exception {
    ByteBuffer in = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    while (in.hasRemaining()) {
      sink.receive(in, 0, WAIT);
    }
    assertEquals(Command.RELEASE_BUFFER, in.getInt(0));
    return in.getLong(8);
  }

  @Test
  void aFrameComesWithItsCapsAndGoesBackWhenClosed() throws Exception {
    try (Rig rig = new Rig()) {
      connected(
          rig,
          4,
          (receiver, sink) -> {
            sink.send(Command.caps("video/x-raw"));
            sink.send(buffer(5, 4000, 96).command(), memory(rig));
            sink.send(Command.eos());
            try (ReceivedFrame frame = receiver.receive(WAIT)) {
              assertEquals("video/x-raw", frame.caps());
              assertEquals(5, frame.ptsNanos());
              assertEquals(4000, frame.memories().get(0).size());
              assertEquals(96, frame.memories().get(0).offset());
            }
            assertEquals(5, released(sink));
            assertNull(receiver.receive(WAIT));
          });
    }
  }

  @Test
  void theOldestFrameGoesBackWhenTooManyWait() throws Exception {
    try (Rig rig = new Rig()) {
      connected(
          rig,
          2,
          (receiver, sink) -> {
            OwnedFd fd = memory(rig);
            for (int id = 1; id <= 5; id++) {
              sink.send(buffer(id, 1, 0).command(), fd);
            }
            for (int id = 1; id <= 3; id++) {
              assertEquals(id, released(sink));
            }
            assertEquals(3, receiver.dropped());
            try (ReceivedFrame frame = receiver.receive(WAIT)) {
              assertEquals(4, frame.ptsNanos());
            }
          });
    }
  }

  @Test
  void memoryThatIsNotSealedOrTooSmallIsRefusedAndGoesBack() throws Exception {
    try (Rig rig = new Rig()) {
      connected(
          rig,
          4,
          (receiver, sink) -> {
            sink.send(buffer(1, 4097, 0).command(), memory(rig));
            sink.send(buffer(2, 1, Long.MAX_VALUE - 1).command(), memory(rig));
            for (int id = 1; id <= 2; id++) {
              HeapException e = assertThrows(HeapException.class, () -> receiver.receive(WAIT));
              assertTrue(Errno.EINVAL.is(e), e.getMessage());
              assertEquals(id, released(sink));
            }
          });
    }
  }

  @Test
  void whatIsNotOfTheProtocolEndsTheConnectionAndLeavesNoDescriptor() throws Exception {
    try (Rig rig = new Rig()) {
      OwnedFd fd = memory(rig);
      bad(rig, Command.release(1));
      bad(rig, buffer(1, 1, 0).command());
      bad(rig, buffer(1, 1, 0).command(), fd, fd);
      bad(rig, Command.begin(Command.NEW_BUFFER, 3).put(new byte[3]).flip(), fd);
      bad(rig, Command.begin(Command.CAPS, 3).put(new byte[] {1, 2, 3}).flip());
      OwnedFd[] many = new OwnedFd[17];
      Arrays.fill(many, fd);
      bad(rig, Command.eos(), many);
    }
  }

  private static void bad(Rig rig, ByteBuffer bytes, OwnedFd... fds) throws Exception {
    connected(
        rig,
        4,
        (receiver, sink) -> {
          sink.send(bytes, fds);
          HeapException e = assertThrows(HeapException.class, () -> receiver.receive(WAIT));
          assertTrue(Errno.ECONNRESET.is(e), e.getMessage());
          assertNull(sink.receive(ByteBuffer.allocate(1), 0, WAIT));
        });
  }

  @Test
  void descriptorsThatNobodyAskedForAreClosed() throws Exception {
    try (Rig rig = new Rig()) {
      connected(
          rig,
          4,
          (receiver, sink) -> {
            OwnedFd fd = memory(rig);
            sink.send(Command.caps("video/x-raw"), fd, fd);
            sink.send(Command.begin(99, 2).putShort((short) 1).flip(), fd);
            sink.send(buffer(1, 1, 0).command(), fd);
            receiver.receive(WAIT).close();
          });
    }
  }

  @Test
  void whoWaitsIsToldOfTheEnd() throws Exception {
    try (Rig rig = new Rig()) {
      connected(
          rig,
          4,
          (receiver, sink) -> {
            HeapException late = assertThrows(HeapException.class, () -> receiver.receive(20));
            assertTrue(Errno.ETIMEDOUT.is(late));
            sink.close();
            HeapException gone = assertThrows(HeapException.class, () -> receiver.receive(WAIT));
            assertTrue(Errno.ECONNRESET.is(gone));
            receiver.close();
            assertThrows(BufferClosedException.class, () -> receiver.receive(WAIT));
          });
    }
  }

  /** A good sink goes on while another sends whatever comes to its mind. */
  @Test
  void anyBytesLeaveNothing() throws Exception {
    int rounds = Integer.getInteger("unixfd.malformed", 300);
    SplittableRandom random = new SplittableRandom(66);
    try (Rig rig = new Rig();
        FdListener listener = rig.backend.listen(rig.socket)) {
      OwnedFd fd = memory(rig);
      for (int round = 0; round < rounds; round++) {
        OpenReceiver receiver = receiver(rig, rig.backend.connect(rig.socket), 1);
        try (FdSocket sink = listener.accept(WAIT)) {
          ByteBuffer bytes = buffer(round, 1, 0).command();
          for (int i = random.nextInt(4); i > 0; i--) {
            bytes.put(random.nextInt(bytes.limit()), (byte) random.nextInt());
          }
          bytes.limit(random.nextInt(1, bytes.limit() + 1));
          OwnedFd[] some = new OwnedFd[random.nextInt(3)];
          Arrays.fill(some, fd);
          sink.trySend(bytes, some);
        } finally {
          receiver.close();
        }
      }
    }
  }
}
