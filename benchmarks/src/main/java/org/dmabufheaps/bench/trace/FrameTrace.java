// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.trace;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * What a device with two cameras, a decoder, a display and an NPU allocates in some seconds: the
 * same for the same seed.
 *
 * <p>Cameras in NV12 (one switches between 1080p, 4K and 720p every ten seconds), decoded video,
 * the display in RGBA with a 4K overlay in two phases, a preview, tensors, bitstreams of log-normal
 * size, and small metadata.
 */
public final class FrameTrace {
  private static final long SECOND = 1_000_000;

  /** The camera changes its size so often; what comes right after does not count as steady. */
  public static final int PHASE_SECONDS = 10;

  private static final long MAX_BITSTREAM = 4L << 20;
  private static final double BITSTREAM_LOG_MEAN = Math.log(120 * 1024);
  private static final double BITSTREAM_LOG_DEVIATION = 0.6;

  private static final long[] CAMERA = {nv12(1920, 1080), nv12(3840, 2160), nv12(1280, 720)};

  private final Random random;
  private final long micros;
  private final List<Event> events = new ArrayList<>();
  private int ids;

  private FrameTrace(long seed, int seconds) {
    random = new Random(seed);
    micros = seconds * SECOND;
  }

  /** The size of the next buffer of a stream, in bytes; 0 for none now. */
  private interface NextSize {
    long at(long micros);
  }

  /**
   * Makes the trace.
   *
   * @param seed of everything that varies
   * @param seconds how long it is
   * @return its events in the order of time; each buffer that comes goes
   */
  public static List<Event> generate(long seed, int seconds) {
    FrameTrace trace = new FrameTrace(seed, seconds);
    trace.stream("camera 0", 30, 3, 6, at -> CAMERA[phase(at) % CAMERA.length]);
    trace.stream("camera 1", 60, 3, 6, at -> nv12(1280, 720));
    trace.stream("decoder", 30, 4, 8, at -> nv12(1920, 1080));
    trace.stream("display", 60, 2, 3, at -> rgba(1920, 1080));
    trace.stream("overlay", 30, 2, 3, at -> phase(at) % 3 == 1 ? rgba(3840, 2160) : 0);
    trace.stream("preview", 30, 2, 3, at -> rgba(1280, 720));
    trace.stream("tensor in", 30, 2, 3, at -> 602_112);
    trace.stream("tensor out", 30, 2, 3, at -> trace.logUniform(4 << 10, 2_800 << 10));
    trace.stream("bitstream", 30, 2, 6, at -> trace.bitstream());
    trace.stream("metadata", 240, 2, 8, at -> trace.logUniform(4 << 10, 64 << 10));
    trace.events.sort(Comparator.comparingLong(Event::micros).thenComparing(Event::comes));
    return trace.events;
  }

  private static int phase(long micros) {
    return (int) (micros / SECOND / PHASE_SECONDS);
  }

  private static long nv12(long width, long height) {
    return width * height * 3 / 2;
  }

  private static long rgba(long width, long height) {
    return width * height * 4;
  }

  private long logUniform(long low, long high) {
    return (long) (low * Math.pow((double) high / low, random.nextDouble()));
  }

  private long bitstream() {
    double size = Math.exp(BITSTREAM_LOG_MEAN + BITSTREAM_LOG_DEVIATION * random.nextGaussian());
    return Math.min(MAX_BITSTREAM, Math.max(1, (long) size));
  }

  /** Adds a stream whose buffers live for some frames of its rate. */
  private void stream(String name, int perSecond, int shortest, int longest, NextSize next) {
    long period = SECOND / perSecond;
    long first = random.nextInt((int) period);
    for (long at = first; at < micros; at += period) {
      long size = next.at(at);
      if (size > 0) {
        long life = period * (shortest + random.nextInt(longest - shortest + 1));
        int id = ids++;
        events.add(new Event(at, true, id, size, name));
        events.add(new Event(at + life - period / 4, false, id, size, name));
      }
    }
  }

  /**
   * Tells whether an event is in the steady part.
   *
   * @param micros its time
   * @return whether the last change of sizes is two seconds ago or more
   */
  public static boolean steady(long micros) {
    return micros % (PHASE_SECONDS * SECOND) >= 2 * SECOND;
  }

  /**
   * Writes events as CSV: t_us,event,id,size,stream.
   *
   * @param events of a trace
   * @param out takes them
   * @throws IOException when it can't
   */
  public static void write(List<Event> events, Writer out) throws IOException {
    out.write("t_us,event,id,size,stream\n");
    for (Event event : events) {
      out.write(
          event.micros()
              + ","
              + (event.comes() ? "A" : "F")
              + ","
              + event.id()
              + ","
              + event.size()
              + ","
              + event.stream()
              + "\n");
    }
  }
}
