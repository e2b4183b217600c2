// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;

/**
 * The sender's side from the first frame to the last. One frame is on its way at a time, so that
 * the latency is that of one hand-over. For one thread.
 */
final class Session {
  private final DemoHeap heap;
  private final AllocationService allocation;
  private final LinuxMemory linux;
  private final Channel receiver;
  private final Clip clip;
  private final Deadline deadline;
  private final DemoReport report;

  /**
   * Prepares a session; nothing is said yet.
   *
   * @param heap where the buffers come from
   * @param allocation imports what the heap left behind
   * @param linux tells inodes
   * @param receiver the second process; the caller closes it
   * @param clip the frames
   * @param deadline until when
   * @param report counts
   */
  Session(
      DemoHeap heap,
      AllocationService allocation,
      LinuxMemory linux,
      Channel receiver,
      Clip clip,
      Deadline deadline,
      DemoReport report) {
    this.heap = heap;
    this.allocation = allocation;
    this.linux = linux;
    this.receiver = receiver;
    this.clip = clip;
    this.deadline = deadline;
    this.report = report;
  }

  /**
   * Sends frames, and restarts the heap in the middle.
   *
   * @param frames how many, at least 3: one before the restart, one during it, one after it
   * @param png where the receiver writes its picture
   * @throws IOException when it can't go on; what is merely wrong is in the report
   */
  void run(int frames, Path png) throws IOException {
    long before = Descriptors.ofBuffers();
    int middle = frames / 2;
    Ring ring = share();
    try {
      report.ran(heap.description(), png);
      for (int frame = 0; frame < middle; frame++) {
        send(ring, frame);
      }
      say(middle + " frames checked; the heap goes, with a frame in its buffer");
      sendOrphan(ring, middle);
      ring.close();
      heap.start();
      ring = share();
      report.restarted();
      say("the heap is back");
      for (int frame = middle + 1; frame < frames; frame++) {
        send(ring, frame);
      }
    } finally {
      ring.close();
    }
    say(frames + " frames checked");
    finish(frames - 1, ring, png);
    report.ended(receiver.bytes(), heap.liveBuffers(), Descriptors.ofBuffers() - before);
  }

  private static void say(String what) {
    System.out.println("demo: " + what);
  }

  private Ring share() throws IOException {
    return Ring.share(heap.await(deadline), clip.bufferBytes(), linux, receiver, deadline, report);
  }

  private void send(Ring ring, int frame) throws IOException {
    int slot = Ring.slot(frame);
    write(ring.handle(slot), frame);
    announce(Message.Kind.FRAME, ring, frame);
    readMark(ring.handle(slot), frame);
  }

  /** A frame that is in its buffer, unseen by the receiver, when the heap goes. */
  private void sendOrphan(Ring ring, int frame) throws IOException {
    DmaBuf handle = ring.handle(Ring.slot(frame));
    write(handle, frame);
    try (OwnedFd kept = handle.exportFd()) {
      heap.stop();
      if (heap.isThere()) {
        report.deviates("the heap is there after its bundle was stopped");
      }
      ring.handles().forEach(this::requireClosed);
      announce(Message.Kind.ORPHAN, ring, frame);
      try (DmaBuf again = allocation.importFd(kept)) {
        readMark(again, frame);
      }
    }
  }

  private void requireClosed(DmaBuf handle) {
    try (CpuAccess cpu = handle.beginCpuAccess(Access.READ)) {
      report.deviates("a handle works without its heap: %d bytes", cpu.bytes().remaining());
    } catch (BufferClosedException e) {
      if (handle.isOpen()) {
        report.deviates("a handle is open without its heap: %s", e.getMessage());
      }
    } catch (IOException e) {
      report.deviates("a handle without its heap throws %s", e);
    }
  }

  private void finish(int frame, Ring closed, Path png) throws IOException {
    receiver.send(new Message(Message.Kind.LAST, Ring.slot(frame), frame, 0, 0));
    Message shown = receiver.expect(Message.Kind.CHECKED, deadline);
    report.pixels(frame, shown, clip.pixels());
    if (shown.inode() != closed.inode(Ring.slot(frame))) {
      report.deviates("frame %d: inode %d after all was closed", frame, shown.inode());
    }
    if (!Files.isRegularFile(png) || Files.size(png) == 0) {
      report.deviates("there is no picture %s", png);
    }
    say("all buffers are closed here; the receiver still shows the last frame");
    receiver.send(new Message(Message.Kind.END, 0, 0, 0, 0));
    long left = receiver.expect(Message.Kind.BYE, deadline).value();
    if (left != 0) {
      report.deviates("the receiver has %d descriptors of buffers left", left);
    }
  }

  private void write(DmaBuf handle, int frame) throws IOException {
    try (CpuAccess cpu = handle.beginCpuAccess(Access.WRITE)) {
      cpu.bytes().put(clip.frame(frame));
    }
    report.sent(clip.frameBytes());
  }

  private void announce(Message.Kind kind, Ring ring, int frame) throws IOException {
    int slot = Ring.slot(frame);
    long bytes = receiver.bytes();
    long start = System.nanoTime();
    receiver.send(new Message(kind, slot, frame, 0, 0));
    Message answer = receiver.expect(Message.Kind.CHECKED, deadline);
    report.checked(frame, answer, System.nanoTime() - start, clip.pixels());
    report.transport(frame, ring.inode(slot), answer.inode(), receiver.bytes() - bytes);
  }

  private void readMark(DmaBuf handle, int frame) throws IOException {
    try (CpuAccess cpu = handle.beginCpuAccess(Access.READ)) {
      report.mark(frame, cpu.bytes(clip.frameBytes(), Long.BYTES).getLong(0));
    }
  }
}
