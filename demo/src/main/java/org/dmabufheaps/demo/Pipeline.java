// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.FrameStream;
import org.dmabufheaps.unixfd.FrameStreams;
import org.dmabufheaps.unixfd.StreamOptions;
import org.dmabufheaps.unixfd.VideoCaps;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * Hands the clip's frames to a GStreamer pipeline, a process of its own, which encodes them from
 * the heap's buffers. For one thread.
 */
final class Pipeline {
  private static final int BUFFERS = 6;
  private static final int FRAMES_PER_SECOND = 30;
  private static final long FRAME_NANOS = 1_000_000_000L / FRAMES_PER_SECOND;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Encoders and what puts their output into a file, the first that is installed is taken. */
  private static final List<List<String>> ENCODERS =
      List.of(List.of("jpegenc", "avimux"), List.of("theoraenc", "oggmux"));

  private final Clip clip;
  private final FrameStream stream;
  private final BlockingQueue<DmaBuf> free = new ArrayBlockingQueue<>(BUFFERS);
  private final AtomicInteger sent = new AtomicInteger();

  private Pipeline(Clip clip, FrameStream stream) {
    this.clip = clip;
    this.stream = stream;
  }

  /**
   * Encodes the whole clip, where there is a GStreamer that can; says what was done, or why not.
   *
   * @param context finds the service of streams
   * @param heap where the buffers come from
   * @param clip the frames
   * @param video the file that is written
   * @param deadline until when
   * @throws IOException when the pipeline fails, or not all frames get through and come back
   */
  static void run(
      BundleContext context, HeapAllocator heap, Clip clip, Path video, Deadline deadline)
      throws IOException {
    Optional<Path> launch = Program.find("gst-launch-1.0");
    Optional<List<String>> encoder = encoder(deadline);
    if (launch.isEmpty() || encoder.isEmpty()) {
      say(
          "left out: a GStreamer pipeline, since GStreamer 1.24 or later with unixfdsrc and an"
              + " encoder is not here (Debian 13: gstreamer1.0-tools, -plugins-bad, -plugins-good)");
      return;
    }
    ServiceReference<FrameStreams> streams = context.getServiceReference(FrameStreams.class);
    if (streams == null) {
      throw new IOException("no bundle provides streams: the bundle unixfd is missing");
    }
    Path directory =
        Files.createTempDirectory(
            "dmabuf-demo-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    String caps =
        VideoCaps.raw(VideoCaps.fourcc("YU12"), clip.width(), clip.height(), FRAMES_PER_SECOND, 1);
    Path socket = directory.resolve("frames");
    StreamOptions options = StreamOptions.DEFAULT.frames(BUFFERS, BUFFERS);
    try (FrameStream stream = service(context, streams).open(socket, caps, options);
        Program gstreamer = start(launch.get(), socket, clip.length(), encoder.get(), video)) {
      new Pipeline(clip, stream).encode(heap, gstreamer, deadline);
      say(
          "GStreamer has encoded "
              + clip.length()
              + " frames from the heap's buffers, which are all back: "
              + Files.size(video)
              + " bytes");
    } finally {
      context.ungetService(streams);
      Files.deleteIfExists(socket);
      Files.delete(directory);
    }
  }

  private static FrameStreams service(
      BundleContext context, ServiceReference<FrameStreams> reference) throws IOException {
    FrameStreams streams = context.getService(reference);
    if (streams == null) {
      throw new IOException("the bundle unixfd goes");
    }
    return streams;
  }

  private static void say(String what) {
    System.out.println("demo: " + what);
  }

  private static Optional<List<String>> encoder(Deadline deadline) throws IOException {
    Optional<Path> inspect = Program.find("gst-inspect-1.0");
    if (inspect.isEmpty() || !exists(inspect.get(), "unixfdsrc", deadline)) {
      return Optional.empty();
    }
    for (List<String> elements : ENCODERS) {
      boolean all = true;
      for (String element : elements) {
        all = all && exists(inspect.get(), element, deadline);
      }
      if (all) {
        return Optional.of(elements);
      }
    }
    return Optional.empty();
  }

  private static boolean exists(Path inspect, String element, Deadline deadline)
      throws IOException {
    try (Program asked = Program.start(Map.of(), inspect.toString(), "--exists", element)) {
      return asked.status(deadline) == 0;
    }
  }

  private static Program start(
      Path launch, Path socket, int frames, List<String> encoder, Path video) throws IOException {
    List<String> command = new ArrayList<>(List.of(launch.toString(), "-q", "unixfdsrc"));
    command.add("socket-path=" + socket);
    command.add("num-buffers=" + frames);
    command.addAll(List.of("!", "videoconvert"));
    for (String element : encoder) {
      command.addAll(List.of("!", element));
    }
    command.addAll(List.of("!", "filesink", "location=" + video));
    return Program.start(Map.of(), command.toArray(String[]::new));
  }

  private void encode(HeapAllocator heap, Program gstreamer, Deadline deadline) throws IOException {
    List<DmaBuf> buffers = new ArrayList<>();
    try {
      for (int i = 0; i < BUFFERS; i++) {
        buffers.add(heap.allocate(clip.frameBytes()));
      }
      free.addAll(buffers);
      await("connects", gstreamer, deadline, () -> stream.stats().clients() == 1);
      for (int frame = 0; frame < clip.length(); frame++) {
        publish(frame, gstreamer, deadline);
      }
      gstreamer.end(deadline);
      await("gives all frames back", null, deadline, () -> stream.stats().out() == 0);
      if (sent.get() != clip.length()) {
        throw new IOException("GStreamer got " + sent + " of " + clip.length() + " frames");
      }
    } finally {
      stream.close();
      buffers.forEach(DmaBuf::close);
    }
  }

  private void publish(int frame, Program gstreamer, Deadline deadline) throws IOException {
    await("gives a frame back", gstreamer, deadline, () -> !free.isEmpty());
    DmaBuf buffer = free.remove();
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      cpu.bytes().put(clip.frame(frame));
    }
    stream
        .publish(Frame.of(buffer, clip.frameBytes(), System.nanoTime(), FRAME_NANOS))
        .thenAccept(
            delivery -> {
              sent.addAndGet(delivery.sent());
              free.add(buffer);
            });
  }

  private interface Condition {
    boolean holds();
  }

  /** Waits for a condition, as long as the program runs. */
  private static void await(String what, Program program, Deadline deadline, Condition condition)
      throws IOException {
    while (!condition.holds()) {
      if (program != null && !program.isAlive()) {
        program.end(deadline);
        throw new IOException("GStreamer ended before it " + what);
      }
      deadline.pause(LOOK_NANOS, "waiting until GStreamer " + what);
    }
  }
}
