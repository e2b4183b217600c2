// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.unixfd.Delivery;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.FrameMemory;
import org.dmabufheaps.unixfd.StreamOptions;
import org.junit.jupiter.api.Test;

/** A stream and its clients, on real sockets. */
class StreamTest {

  private static CompletableFuture<Delivery> publish(OpenStream stream, Frame frame)
      throws Exception {
    return stream.publish(frame).toCompletableFuture();
  }

  private static Delivery back(CompletableFuture<Delivery> frame) throws Exception {
    return frame.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aFrameWithoutClientsIsBackAtOnce() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT)) {
      assertEquals(new Delivery(0, 0), back(publish(stream, rig.frame(1))));
    }
  }

  @Test
  void aLateClientGetsTheCapsFirstAndAFrameIsBackWhenAllGaveItBack() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT);
        Rig.Peer one = rig.connect()) {
      assertEquals(Rig.CAPS, one.next().capsText());
      var first = publish(stream, rig.frame(7));
      one.release(one.frame().id());
      assertEquals(new Delivery(1, 0), back(first));
      stream.caps("video/x-raw, format=(string)NV12");
      assertEquals("video/x-raw, format=(string)NV12", one.next().capsText());
      try (Rig.Peer two = rig.connect()) {
        assertEquals("video/x-raw, format=(string)NV12", two.next().capsText());
        var second = publish(stream, rig.frame(8));
        NewBuffer frame = one.frame();
        assertEquals(8, frame.pts());
        one.release(frame.id());
        NewBuffer same = two.frame();
        Rig.await("one gave it back", () -> stream.stats().out() == 1);
        assertFalse(second.isDone());
        two.release(same.id());
        assertEquals(new Delivery(2, 0), back(second));
      }
    }
  }

  @Test
  void aFrameIsBackWhenItsClientIsGone() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT)) {
      Rig.Peer peer = rig.connect();
      Rig.await("a client", () -> stream.stats().clients() == 1);
      var frame = publish(stream, rig.frame(1));
      peer.frame();
      peer.close();
      assertEquals(new Delivery(1, 0), back(frame));
      Rig.await("no client", () -> stream.stats().clients() == 0);
    }
  }

  /** The one that takes nothing costs itself frames, and nobody else. */
  @Test
  void aStalledClientDelaysNobody() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT.frames(3, 5));
        Rig.Peer stalled = rig.connect();
        Rig.Peer good = rig.connect()) {
      Rig.await("two clients", () -> stream.stats().clients() == 2);
      List<CompletableFuture<Delivery>> frames = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        frames.add(publish(stream, rig.frame(i)));
        NewBuffer frame = good.frame();
        assertEquals(i, frame.pts());
        good.release(frame.id());
      }
      Rig.await("all but 5 + 3 are back", () -> stream.stats().out() == 8);
      assertEquals(92, stream.stats().dropped());
      assertEquals(new Delivery(1, 1), back(frames.get(50)));
      // It has the first five, and the last three wait for it.
      for (int i : new int[] {0, 1, 2, 3, 4}) {
        NewBuffer frame = stalled.frame();
        assertEquals(i, frame.pts());
        stalled.release(frame.id());
      }
      for (int i : new int[] {97, 98, 99}) {
        assertEquals(i, stalled.frame().pts());
      }
      Rig.await("three are out", () -> stream.stats().out() == 3);
    }
  }

  @Test
  void clientsGetTheEndAndTimeToGiveBack() throws Exception {
    try (Rig rig = new Rig()) {
      OpenStream stream = rig.stream(StreamOptions.DEFAULT);
      try (Rig.Peer peer = rig.connect()) {
        peer.next();
        var frame = publish(stream, rig.frame(1));
        stream.close();
        assertFalse(Files.exists(rig.socket));
        assertThrows(BufferClosedException.class, () -> stream.publish(rig.frame(2)));
        NewBuffer got = peer.frame();
        assertEquals(Command.EOS, peer.next().type());
        assertFalse(frame.isDone());
        peer.release(got.id());
        assertEquals(new Delivery(1, 0), back(frame));
        assertNull(peer.next());
      }
    }
  }

  @Test
  void whatIsNotOfTheProtocolEndsTheConnection() throws Exception {
    ByteBuffer large = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    large.putInt(9).putInt(-1).flip();
    List<ByteBuffer> bad =
        List.of(Command.release(12345), Command.caps("a"), large, Command.begin(0, 0).flip());
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT)) {
      for (ByteBuffer bytes : bad) {
        try (Rig.Peer peer = rig.connect()) {
          peer.next();
          peer.socket.send(bytes);
          assertNull(peer.next());
        }
      }
      assertEquals(4, stream.stats().refused());
    }
  }

  @Test
  void descriptorsFromAClientAreClosedAndEndTheConnection() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT);
        Rig.Peer peer = rig.connect()) {
      peer.next();
      OwnedFd fd = rig.frame(1).memories().get(0).fd();
      peer.socket.send(Command.release(1), fd, fd);
      assertNull(peer.next());
      assertEquals(1, stream.stats().refused());
    }
  }

  @Test
  void unknownCommandsAreIgnored() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT);
        Rig.Peer peer = rig.connect()) {
      peer.next();
      peer.socket.send(Command.begin(77, 3).put(new byte[3]).flip());
      var frame = publish(stream, rig.frame(1));
      peer.release(peer.frame().id());
      assertEquals(new Delivery(1, 0), back(frame));
    }
  }

  @Test
  void oneClientTooManyIsSentAway() throws Exception {
    StreamOptions options = new StreamOptions(0600, "", 1, 1, 1);
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(options);
        Rig.Peer first = rig.connect();
        Rig.Peer second = rig.connect()) {
      first.next();
      assertNull(second.next());
      assertEquals(1, stream.stats().clients());
    }
  }

  @Test
  void whatLiesBeyondABufferIsRefused() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT)) {
      OwnedFd fd = rig.frame(1).memories().get(0).fd();
      Frame frame = new Frame(List.of(FrameMemory.of(fd, 1, 4096)), 0, 0, null);
      assertThrows(IllegalArgumentException.class, () -> stream.publish(frame));
    }
  }

  @Test
  void aDescriptorThatItsPublisherClosedCostsTheFrameOnly() throws Exception {
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT.frames(4, 1));
        Rig.Peer peer = rig.connect()) {
      Rig.await("a client", () -> stream.stats().clients() == 1);
      var first = publish(stream, rig.frame(1));
      Frame second = rig.frame(2);
      var lost = publish(stream, second);
      Rig.await("one was sent", () -> stream.stats().sent() == 1);
      second.memories().get(0).fd().close();
      var third = publish(stream, rig.frame(3));
      peer.release(peer.frame().id());
      assertEquals(new Delivery(1, 0), back(first));
      assertEquals(new Delivery(0, 1), back(lost));
      NewBuffer frame = peer.frame();
      assertEquals(3, frame.pts());
      peer.release(frame.id());
      assertEquals(new Delivery(1, 0), back(third));
    }
  }

  @Test
  void theEndOfTheLoopGivesEverythingBack() throws Exception {
    CompletableFuture<Delivery> held;
    CompletableFuture<Delivery> waits;
    try (Rig rig = new Rig()) {
      OpenStream stream = rig.stream(StreamOptions.DEFAULT.frames(4, 1));
      try (Rig.Peer peer = rig.connect()) {
        Rig.await("a client", () -> stream.stats().clients() == 1);
        held = publish(stream, rig.frame(1));
        waits = publish(stream, rig.frame(2));
        peer.frame();
        assertTrue(rig.loop.stop());
        assertEquals(new Delivery(1, 0), back(held));
        back(waits);
        assertThrows(BufferClosedException.class, () -> stream.publish(rig.frame(3)));
      }
    }
  }

  /** Clients go at any point of the protocol, some in the middle of a command. */
  @Test
  void clientsThatVanishLeaveNothing() throws Exception {
    int rounds = Integer.getInteger("unixfd.vanishing", 1_000);
    SplittableRandom random = new SplittableRandom(65);
    try (Rig rig = new Rig();
        OpenStream stream = rig.stream(StreamOptions.DEFAULT)) {
      Frame[] frames = {rig.frame(0), rig.frame(1), rig.frame(2), rig.frame(3)};
      List<CompletableFuture<Delivery>> all = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        try (Rig.Peer peer = rig.connect()) {
          int published = random.nextInt(4);
          for (int i = 0; i < published; i++) {
            all.add(publish(stream, frames[i]));
          }
          if (random.nextBoolean()) {
            peer.next();
          }
          if (random.nextInt(4) == 0) {
            peer.socket.trySend(Command.release(1).limit(random.nextInt(1, 16)));
          }
        }
      }
      Rig.await("all frames are back", () -> stream.stats().out() == 0);
      assertTrue(all.stream().allMatch(CompletableFuture::isDone));
      Rig.await("all clients are gone", () -> stream.stats().clients() == 0);
    }
  }
}
