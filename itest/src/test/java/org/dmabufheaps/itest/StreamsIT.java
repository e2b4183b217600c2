// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.FrameReceiver;
import org.dmabufheaps.unixfd.FrameStream;
import org.dmabufheaps.unixfd.FrameStreams;
import org.dmabufheaps.unixfd.ReceivedFrame;
import org.dmabufheaps.unixfd.StreamOptions;
import org.dmabufheaps.unixfd.VideoCaps;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.ops4j.pax.exam.Option;

/**
 * Frames to GStreamer and from it. The peers are those of the Debian root that the system property
 * {@code peers.root} names ({@code itest/peers/streams}).
 */
public class StreamsIT extends ContainerTest {
  private static final String ROOT = System.getProperty("peers.root", "");
  private static final int WIDTH = 320;
  private static final int HEIGHT = 240;
  private static final int BYTES = WIDTH * HEIGHT * 4;
  private static final int FRAMES = Integer.getInteger("peers.frames", 1_000);
  private static final int BUFFERS = 8;
  private static final long WAIT = TimeUnit.SECONDS.toMillis(30);

  private FrameStreams streams;
  private Path directory;

  @Override
  protected Option[] more() {
    return new Option[] {built("unixfd")};
  }

  @Before
  public void findServices() throws IOException {
    streams = service(FrameStreams.class, null);
    directory = Files.createTempDirectory("streams");
  }

  @After
  public void clean() throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  /** A program of the root, which sees the test's directory as /mnt. */
  private Process start(String... command) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount --bind \"$1\" \"$2/mnt\" && mount -t proc proc \"$2/proc\" && root=$2"
                    + " && shift 2 && exec chroot \"$root\" \"$@\"",
                "sh",
                directory.toString(),
                ROOT));
    all.addAll(List.of(command));
    return new ProcessBuilder(all).redirectErrorStream(true).inheritIO().start();
  }

  private static int pixel(int frame, int at) {
    return frame * 7919 + at & 0xffffff;
  }

  private static void draw(DmaBuf buffer, int frame) throws IOException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      ByteBuffer bytes = cpu.bytes().order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < WIDTH * HEIGHT; i++) {
        bytes.putInt(i * 4, pixel(frame, i));
      }
    }
  }

  @Test
  public void aThousandFramesReachGStreamerAndEveryBufferComesBack() throws Exception {
    assumeTrue("peers.root is set", !ROOT.isEmpty());
    AllocationService allocations = service(AllocationService.class, null);
    String caps = VideoCaps.raw(VideoCaps.fourcc("XR24"), WIDTH, HEIGHT, 30, 1);
    BlockingQueue<DmaBuf> free = new LinkedBlockingQueue<>();
    StreamOptions options = StreamOptions.DEFAULT.frames(BUFFERS, BUFFERS);
    try (FrameStream stream = streams.open(directory.resolve("s"), caps, options)) {
      for (int i = 0; i < BUFFERS; i++) {
        free.add(allocations.allocate("system", BYTES));
      }
      Process gst =
          start(
              "gst-launch-1.0",
              "-q",
              "--no-position",
              "unixfdsrc",
              "socket-path=/mnt/s",
              "num-buffers=" + FRAMES,
              "!",
              "filesink",
              "location=/mnt/raw");
      await("a client", () -> stream.stats().clients() == 1);
      for (int frame = 0; frame < FRAMES; frame++) {
        DmaBuf buffer = free.poll(WAIT, TimeUnit.MILLISECONDS);
        draw(buffer, frame);
        stream
            .publish(Frame.of(buffer, BYTES, System.nanoTime(), Frame.NO_TIME))
            .thenRun(() -> free.add(buffer));
      }
      assertTrue(gst.waitFor(WAIT, TimeUnit.MILLISECONDS));
      assertEquals(0, gst.exitValue());
      await("all buffers are back", () -> free.size() == BUFFERS);
      assertEquals(FRAMES, stream.stats().sent());
      assertEquals(0, stream.stats().dropped());
      free.forEach(DmaBuf::close);
    }
    compare(directory.resolve("raw"));
  }

  private static void compare(Path raw) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(raw)) {
      assertEquals((long) FRAMES * BYTES, file.size());
      for (int frame = 0; frame < FRAMES; frame++) {
        bytes.clear();
        while (bytes.hasRemaining()) {
          file.read(bytes);
        }
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
          if (bytes.getInt(i * 4) != pixel(frame, i)) {
            throw new AssertionError("frame " + frame + ", pixel " + i);
          }
        }
      }
    }
  }

  @Test
  public void framesOfGStreamersAreReceived() throws Exception {
    assumeTrue("peers.root is set", !ROOT.isEmpty());
    Process gst =
        start(
            "gst-launch-1.0",
            "-q",
            "--no-position",
            "videotestsrc",
            "is-live=true",
            "pattern=white",
            "num-buffers=60",
            "!",
            "video/x-raw,format=GRAY8,width=320,height=240,framerate=30/1",
            "!",
            "unixfdsink",
            "socket-path=/mnt/s");
    await("a sink", () -> Files.exists(directory.resolve("s")));
    int received = 0;
    try (FrameReceiver receiver = streams.connect(directory.resolve("s"), 4)) {
      for (ReceivedFrame frame = receiver.receive(WAIT);
          frame != null;
          frame = receiver.receive(WAIT)) {
        assertTrue(frame.caps(), frame.caps().contains("GRAY8"));
        ReceivedFrame.Range range = frame.memories().get(0);
        assertEquals(WIDTH * HEIGHT, range.size());
        try (CpuAccess cpu = range.buffer().beginCpuAccess(Access.READ)) {
          ByteBuffer bytes = cpu.bytes(range.offset(), (int) range.size());
          assertEquals((byte) 235, bytes.get(WIDTH * HEIGHT - 1));
        }
        frame.close();
        received++;
      }
    }
    assertTrue("received " + received, received >= 30);
    assertTrue(gst.waitFor(WAIT, TimeUnit.MILLISECONDS));
    assertEquals(0, gst.exitValue());
  }

  @SuppressWarnings("try") // closing the stream is what is tried
  @Test
  public void aFrameGoesFromOneBundleToAnother() throws Exception {
    AllocationService allocations = service(AllocationService.class, null);
    try (FrameStream stream = streams.open(directory.resolve("s"), "video/x-raw");
        FrameReceiver receiver = streams.connect(directory.resolve("s"), 4);
        DmaBuf buffer = allocations.allocate("system", BYTES)) {
      await("a client", () -> stream.stats().clients() == 1);
      draw(buffer, 3);
      var back = stream.publish(Frame.of(buffer, BYTES, 1, 2)).toCompletableFuture();
      try (ReceivedFrame frame = receiver.receive(WAIT);
          CpuAccess cpu = frame.memories().get(0).buffer().beginCpuAccess(Access.READ)) {
        ByteBuffer bytes = cpu.bytes().order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(pixel(3, 77), bytes.getInt(77 * 4));
      }
      assertEquals(1, back.get(WAIT, TimeUnit.MILLISECONDS).sent());
      stream.close();
      assertNull(receiver.receive(WAIT));
    }
  }

  /** The service is taken back from a bundle that left everything open. */
  @Test
  public void nothingOutlivesTheServicesBundle() throws Exception {
    FrameStream stream = streams.open(directory.resolve("s"), "video/x-raw");
    streams.connect(directory.resolve("s"), 4);
    await("a client", () -> stream.stats().clients() == 1);
    installed("org.dmabufheaps.unixfd").stop();
    try {
      assertEquals(false, Files.exists(directory.resolve("s")));
    } finally {
      installed("org.dmabufheaps.unixfd").start();
    }
  }
}
