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
  private final FrameSource source;
  private final Frames frames;
  private final Deadline deadline;
  private final DemoReport report;

  /**
   * Prepares a session; nothing is said yet.
   *
   * @param heap where the buffers come from
   * @param allocation imports what the heap left behind
   * @param linux tells inodes
   * @param receiver the second process; the caller closes it
   * @param source makes the frames; the caller closes it
   * @param deadline until when
   * @param report counts
   */
  Session(
      DemoHeap heap,
      AllocationService allocation,
      LinuxMemory linux,
      Channel receiver,
      FrameSource source,
      Deadline deadline,
      DemoReport report) {
    this.heap = heap;
    this.allocation = allocation;
    this.linux = linux;
    this.receiver = receiver;
    this.source = source;
    this.frames = source.frames();
    this.deadline = deadline;
    this.report = report;
  }

  /**
   * Sends frames, and restarts the heap in the middle.
   *
   * @param count how many, at least 3: one before the restart, one during it, one after it
   * @param png where the receiver writes its picture
   * @throws IOException when it can't go on; what is merely wrong is in the report
   */
  void run(int count, Path png) throws IOException {
    long before = Descriptors.ofBuffers();
    int middle = count / 2;
    Ring ring = share();
    int slot = 0;
    try {
      report.ran(heap.description(), source.device(), png);
      source.begin(ring);
      for (int frame = 0; frame < middle; frame++) {
        source.checked(send(ring, frame));
      }
      say(middle + " frames checked; the heap goes, with a frame in its buffer");
      sendOrphan(ring, middle);
      source.end();
      ring.close();
      heap.start();
      ring = share();
      report.restarted();
      say("the heap is back");
      source.begin(ring);
      for (int frame = middle + 1; frame < count - 1; frame++) {
        source.checked(send(ring, frame));
      }
      slot = send(ring, count - 1);
    } finally {
      source.end();
      ring.close();
    }
    say(count + " frames checked");
    finish(count - 1, slot, ring, png);
    report.ended(receiver.bytes(), heap.liveBuffers(), Descriptors.ofBuffers() - before);
  }

  private static void say(String what) {
    System.out.println("demo: " + what);
  }

  private Ring share() throws IOException {
    return Ring.share(
        heap.await(deadline), frames.bufferBytes(), linux, receiver, deadline, report);
  }

  private int send(Ring ring, int frame) throws IOException {
    int slot = source.next(ring, frame);
    report.sent(frames.frameBytes());
    announce(Message.Kind.FRAME, ring, slot, frame);
    readMark(ring.handle(slot), frame);
    return slot;
  }

  /** A frame that is in its buffer, unseen by the receiver, when the heap goes. */
  private void sendOrphan(Ring ring, int frame) throws IOException {
    int slot = source.next(ring, frame);
    report.sent(frames.frameBytes());
    try (OwnedFd kept = ring.handle(slot).exportFd()) {
      heap.stop();
      if (heap.isThere()) {
        report.deviates("the heap is there after its bundle was stopped");
      }
      ring.handles().forEach(this::requireClosed);
      source.heapGone(report);
      announce(Message.Kind.ORPHAN, ring, slot, frame);
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

  private void finish(int frame, int slot, Ring closed, Path png) throws IOException {
    receiver.send(new Message(Message.Kind.LAST, slot, frame, 0, 0));
    Message shown = receiver.expect(Message.Kind.CHECKED, deadline);
    report.pixels(frame, shown, frames.pixels());
    if (shown.inode() != closed.inode(slot)) {
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

  private void announce(Message.Kind kind, Ring ring, int slot, int frame) throws IOException {
    long bytes = receiver.bytes();
    long start = System.nanoTime();
    receiver.send(new Message(kind, slot, frame, 0, 0));
    Message answer = receiver.expect(Message.Kind.CHECKED, deadline);
    report.checked(frame, answer, System.nanoTime() - start, frames.pixels());
    report.transport(frame, ring.inode(slot), answer.inode(), receiver.bytes() - bytes);
  }

  private void readMark(DmaBuf handle, int frame) throws IOException {
    try (CpuAccess cpu = handle.beginCpuAccess(Access.READ)) {
      report.mark(frame, cpu.bytes(frames.frameBytes(), Long.BYTES).getLong(0));
    }
  }
}
