// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dmabufheaps.unixfd.VideoFormat;
import org.dmabufheaps.unixfd.VideoLayout;
import org.junit.jupiter.api.Test;

/** The bytes of the protocol. */
class CommandTest {
  /** What unixfdsink of GStreamer 1.26.2 sent for a frame of videotestsrc. */
  private static final String FROM_GSTREAMER =
      "0000000048000000"
          + "10640070d07f0000a31e65c867200000ffffffffffffffff56a0fc0100000000"
          + "020000000000000003000000000000000000000000010000a0c7010000000000"
          + "0000000000000000";

  /** What gst_meta_serialize() of GStreamer 1.26.2 wrote of an NV12 frame's video meta. */
  private static final String META_FROM_GSTREAMER =
      "5a0000000c000000477374566964656f4d65746100000000000017000000"
          + "41010000f0000000020000000000000000000000231201000000000034120000670500000000"
          + "00000000000000000000000000000000000000000000";

  private static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.nativeOrder());
  }

  private static Command read(ByteBuffer bytes) throws ProtocolException {
    return new CommandReader().take(bytes);
  }

  @Test
  void aFrameOfGStreamersIsUnderstood() throws Exception {
    Command command = read(bytes(FROM_GSTREAMER));
    assertEquals(Command.NEW_BUFFER, command.type());
    NewBuffer frame = NewBuffer.of(command.payload());
    assertEquals(0x7fd070006410L, frame.id());
    assertEquals(33_333_334, frame.duration());
    assertEquals(List.of(new NewBuffer.Memory(116_640, 0)), frame.memories());
    assertEquals(false, frame.dmaBuf());
    assertNull(frame.layout());
  }

  @Test
  void aLayoutIsWrittenAsGStreamerDoes() throws Exception {
    VideoLayout layout =
        new VideoLayout(
            VideoFormat.NV12.fourcc(),
            321,
            240,
            List.of(new VideoLayout.Plane(0, 0x1234), new VideoLayout.Plane(0x11223, 0x567)));
    ByteBuffer written = ByteBuffer.allocate(VideoMeta.bytes(layout));
    VideoMeta.put(layout, written);
    assertEquals(META_FROM_GSTREAMER, HexFormat.of().formatHex(written.array()));
    assertEquals(layout, VideoMeta.find(written.flip(), 0, 1));
  }

  @Test
  void aPayloadBeyondTheLimitIsRefusedBeforeItIsThere() {
    for (int size : new int[] {-1, Integer.MIN_VALUE, Command.MAX_PAYLOAD + 1}) {
      ByteBuffer header = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
      header.putInt(Command.CAPS).putInt(size).flip();
      assertThrows(ProtocolException.class, () -> read(header), "size " + size);
    }
  }

  @Test
  void whatCantBeIsRefused() {
    ByteBuffer good = bytes(FROM_GSTREAMER.substring(16));
    refused(good, 52, 2); // memory_type
    refused(good, 53, 0); // n_memory
    refused(good, 53, 2); // more than there is payload for
    refused(good, 53, 17);
    refused(good, 54, 1); // n_meta without a meta
    refused(good, 63, 0x80); // a size of 2^63
    refused(good, 71, 0x80); // an offset of 2^63
    ByteBuffer sum = copy(good);
    sum.putLong(56, Long.MAX_VALUE).putLong(64, 1);
    assertThrows(ProtocolException.class, () -> NewBuffer.of(sum));
    assertThrows(ProtocolException.class, () -> NewBuffer.of(ByteBuffer.allocate(55)));
    assertThrows(
        ProtocolException.class, () -> new Command(1, ByteBuffer.allocate(7)).releasedId());
    assertThrows(ProtocolException.class, () -> new Command(2, ByteBuffer.allocate(0)).capsText());
    assertThrows(ProtocolException.class, () -> new Command(2, bytes("61")).capsText());
  }

  private static ByteBuffer copy(ByteBuffer of) {
    ByteBuffer copy = ByteBuffer.allocate(of.capacity()).order(ByteOrder.nativeOrder());
    return copy.put(of.duplicate().clear()).clear();
  }

  private static void refused(ByteBuffer good, int at, int value) {
    ByteBuffer bad = copy(good).put(at, (byte) value);
    assertThrows(ProtocolException.class, () -> NewBuffer.of(bad), "byte " + at + " = " + value);
  }

  @Test
  void capsAreWhatFitsAndNothingElse() throws Exception {
    assertEquals("video/x-raw", read(Command.caps("video/x-raw")).capsText());
    assertThrows(IllegalArgumentException.class, () -> Command.caps(""));
    assertThrows(IllegalArgumentException.class, () -> Command.caps("a\0b"));
    assertThrows(IllegalArgumentException.class, () -> Command.caps("x".repeat(16_385)));
  }

  /** However the stream is cut, the same commands come out. */
  @Property(tries = 300)
  void commandsComeWholeFromAnyPieces(
      @ForAll("frames") NewBuffer frame, @ForAll @IntRange(min = 1, max = 90) int piece)
      throws Exception {
    ByteBuffer stream = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
    stream.put(Command.caps("video/x-raw")).put(frame.command());
    stream.put(Command.release(frame.id())).put(Command.eos()).flip();
    CommandReader reader = new CommandReader();
    List<Command> commands = new ArrayList<>();
    while (stream.hasRemaining()) {
      int length = Math.min(piece, stream.remaining());
      ByteBuffer part = stream.slice(stream.position(), length);
      stream.position(stream.position() + length);
      while (part.hasRemaining()) {
        int missing = reader.missing();
        assertTrue(missing > 0);
        Command command = reader.take(part);
        if (command != null) {
          commands.add(command);
        }
      }
    }
    assertEquals(List.of(2, 0, 1, 3), commands.stream().map(Command::type).toList());
    assertEquals(frame, NewBuffer.of(commands.get(1).payload()));
    assertEquals(frame.id(), commands.get(2).releasedId());
    assertTrue(reader.atStart());
  }

  @Provide
  Arbitrary<NewBuffer> frames() {
    Arbitrary<Long> sizes = Arbitraries.longs().between(0, Long.MAX_VALUE / 2);
    Arbitrary<VideoLayout.Plane> planes =
        Combinators.combine(sizes, Arbitraries.integers()).as(VideoLayout.Plane::new);
    Arbitrary<VideoLayout> layouts =
        Combinators.combine(
                Arbitraries.of(VideoFormat.class).map(VideoFormat::fourcc),
                Arbitraries.integers().greaterOrEqual(1),
                Arbitraries.integers().greaterOrEqual(1),
                planes.list().ofMinSize(1).ofMaxSize(4))
            .as(VideoLayout::new);
    Arbitrary<NewBuffer.Memory> memories =
        Combinators.combine(sizes, sizes).as(NewBuffer.Memory::new);
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.longs(),
            Arbitraries.longs(),
            Arbitraries.of(true, false),
            memories.list().ofMinSize(1).ofMaxSize(16),
            layouts.injectNull(0.3))
        .as(NewBuffer::new);
  }

  @Property(tries = 5_000)
  void anyBytesAreReadOrRefused(@ForAll @Size(max = 400) byte[] bytes) {
    CommandFuzz.fuzzerTestOneInput(bytes);
  }

  /** Bytes that are nearly right get further than any bytes do. */
  @Property(tries = 5_000)
  void aDamagedFrameIsReadOrRefused(
      @ForAll("frames") NewBuffer frame,
      @ForAll @IntRange(max = 400) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 400) int length) {
    ByteBuffer command = frame.command();
    byte[] bytes = new byte[Math.min(length, command.remaining())];
    command.get(bytes);
    if (bytes.length > 0) {
      bytes[at % bytes.length] = value;
    }
    CommandFuzz.fuzzerTestOneInput(bytes);
  }
}
