// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Counts what the demo did, and what was not as it should be. For one thread. */
final class DemoReport {
  /** The most deviations that are told one by one. */
  private static final int MAX_LINES = 10;

  private final long receiverPid;
  private final int framesPlanned;
  private final long[] latencyNanos;
  private final List<String> deviations = new ArrayList<>();
  private int sent;
  private int checked;
  private int marks;
  private int buffers;
  private int copies;
  private int restarts;
  private long pixels;
  private long differing;
  private long sharedBytes;
  private long socketBytes;
  private long live;
  private long descriptors;
  private String heap = "";
  private String device = "";
  private Path png = Path.of("");

  /**
   * Starts to count.
   *
   * @param receiverPid the second process
   * @param framesPlanned how many frames are to be sent
   */
  DemoReport(long receiverPid, int framesPlanned) {
    this.receiverPid = receiverPid;
    this.framesPlanned = framesPlanned;
    this.latencyNanos = new long[framesPlanned];
  }

  /** Tells that something is not as it should be. */
  void deviates(String format, Object... values) {
    deviations.add(String.format(Locale.ROOT, format, values));
  }

  /** A buffer was handed over. */
  void shared(int slot, long inode, Message taken) {
    buffers++;
    if (taken.slot() != slot || taken.inode() != inode) {
      deviates(
          "slot %d: inode %d here, slot %d with inode %d at the receiver",
          slot, inode, taken.slot(), taken.inode());
    }
  }

  /** A frame was written and announced. */
  void sent(int frameBytes) {
    sent++;
    sharedBytes += frameBytes;
  }

  /**
   * The receiver checked a frame.
   *
   * @param frame which
   * @param answer what it said
   * @param nanos from the announcement to the answer
   * @param framePixels the pixels of a frame
   */
  void checked(int frame, Message answer, long nanos, int framePixels) {
    latencyNanos[checked++] = nanos;
    pixels(frame, answer, framePixels);
  }

  /** The receiver checked pixels, of a frame that need not be new. */
  void pixels(int frame, Message answer, int framePixels) {
    pixels += framePixels;
    differing += answer.value();
    if (answer.frame() != frame || answer.value() != 0) {
      deviates(
          "frame %d: %d of %d pixels differ, in frame %d",
          frame, answer.value(), framePixels, answer.frame());
    }
  }

  /**
   * Counts a frame as a copy unless both processes see one inode, and nothing but the announcement
   * and the answer went through the socket.
   */
  void transport(int frame, long inodeHere, long inodeThere, long bytesThroughSocket) {
    if (inodeHere != inodeThere || bytesThroughSocket != 2 * Message.BYTES) {
      copies++;
      deviates(
          "frame %d: a copy: inode %d here, %d there, %d bytes through the socket",
          frame, inodeHere, inodeThere, bytesThroughSocket);
    }
  }

  /** The receiver's mark behind a frame was read. */
  void mark(int frame, long mark) {
    if (mark == Message.mark(receiverPid, frame)) {
      marks++;
    } else {
      deviates("frame %d: the mark reads 0x%x", frame, mark);
    }
  }

  /** The heap came back after it had gone. */
  void restarted() {
    restarts++;
  }

  /** What the demo ran on, with which camera, if any, and where its picture is. */
  void ran(String heapDescription, String camera, Path picture) {
    heap = heapDescription;
    device = camera;
    png = picture;
  }

  /** What was left when all was over. */
  void ended(long bytesThroughSocket, long liveBuffers, long openDescriptors) {
    socketBytes = bytesThroughSocket;
    live = liveBuffers;
    descriptors = openDescriptors;
  }

  /**
   * Tells what was not as it should be.
   *
   * @return a line each, at most eleven; none when all is well
   */
  List<String> deviations() {
    List<String> all = new ArrayList<>(deviations);
    require(all, "frames sent", sent, framesPlanned);
    require(all, "frames checked", checked, framesPlanned);
    require(all, "marks read back", marks, framesPlanned);
    require(all, "heap restarts", restarts, 1);
    require(all, "buffers live", live, 0);
    require(all, "descriptors left", descriptors, 0);
    if (all.size() <= MAX_LINES) {
      return all;
    }
    List<String> first = new ArrayList<>(all.subList(0, MAX_LINES));
    first.add("and " + (all.size() - MAX_LINES) + " more");
    return first;
  }

  private static void require(List<String> all, String what, long is, long expected) {
    if (is != expected) {
      all.add(what + ": " + is + ", not " + expected);
    }
  }

  /** The table. */
  String table() {
    StringBuilder table = new StringBuilder();
    text(table, "heap", heap);
    if (!device.isEmpty()) {
      text(table, "camera", device);
    }
    number(table, "frames sent", sent, "");
    number(table, "frames checked", checked, "");
    number(table, "marks read back", marks, "");
    number(table, "pixels checked", pixels, "");
    number(table, "pixels differing", differing, "");
    number(table, "buffers shared", buffers, "");
    number(table, "bytes shared", sharedBytes, "");
    number(table, "bytes through the socket", socketBytes, "");
    number(table, "copies counted", copies, "");
    number(table, "latency, median", latencyMicros(50), " us");
    number(table, "latency, 99th percentile", latencyMicros(99), " us");
    number(table, "heap restarts", restarts, "");
    number(table, "buffers live", live, "");
    number(table, "descriptors left", descriptors, "");
    text(table, "receiver pid", Long.toString(receiverPid));
    text(table, "picture", png.toString());
    return table.toString();
  }

  private static void number(StringBuilder table, String what, long value, String unit) {
    table.append(String.format(Locale.ROOT, "%-26s %,14d%s%n", what, value, unit));
  }

  private static void text(StringBuilder table, String what, String value) {
    table.append(String.format(Locale.ROOT, "%-26s %14s%n", what, value));
  }

  /** The smallest latency that at least so many percent of the frames kept, rounded up. */
  private long latencyMicros(int percent) {
    if (checked == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(latencyNanos, checked);
    Arrays.sort(sorted);
    int rank = (checked * percent + 99) / 100;
    return (sorted[rank - 1] + 999) / 1000;
  }
}
