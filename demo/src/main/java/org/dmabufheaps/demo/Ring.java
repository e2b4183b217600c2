// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;

/**
 * The buffers that frames are written into, one after the other. Each is handed over once; from
 * then on its number is enough.
 */
final class Ring implements AutoCloseable {
  /** How many buffers: a receiver may look at a frame while the next ones are written. */
  static final int SLOTS = 4;

  private final List<Buffer> buffers = new ArrayList<>();

  private Ring() {}

  private record Buffer(DmaBuf handle, long inode) {}

  /**
   * Allocates the buffers and hands them to the receiver.
   *
   * @param heap where from
   * @param bytes the size of each
   * @param linux tells the inodes
   * @param receiver takes them
   * @param deadline until when
   * @param report counts them
   * @return the ring, to be closed
   * @throws IOException when the heap refuses or the receiver does not take a buffer
   */
  static Ring share(
      HeapAllocator heap,
      long bytes,
      LinuxMemory linux,
      Channel receiver,
      Deadline deadline,
      DemoReport report)
      throws IOException {
    Ring ring = new Ring();
    boolean whole = false;
    try {
      for (int slot = 0; slot < SLOTS; slot++) {
        DmaBuf handle = heap.allocate(bytes);
        ring.buffers.add(new Buffer(handle, 0)); // closed with the ring, whatever fails next
        handle.label("demo frame " + slot);
        ring.buffers.set(slot, new Buffer(handle, hand(slot, handle, linux, receiver)));
        Message taken = receiver.expect(Message.Kind.TAKEN, deadline);
        report.shared(slot, ring.inode(slot), taken);
      }
      whole = true;
      return ring;
    } finally {
      if (!whole) {
        ring.close();
      }
    }
  }

  private static long hand(int slot, DmaBuf handle, LinuxMemory linux, Channel receiver)
      throws IOException {
    try (OwnedFd fd = handle.exportFd()) {
      receiver.send(new Message(Message.Kind.BUFFER, slot, 0, 0, handle.size()), fd);
      return linux.describe(fd.fd()).inode();
    }
  }

  /** The slot of a frame. */
  static int slot(int frame) {
    return frame % SLOTS;
  }

  DmaBuf handle(int slot) {
    return buffers.get(slot).handle();
  }

  /** The inode of a buffer, as this process sees it. */
  long inode(int slot) {
    return buffers.get(slot).inode();
  }

  /** Every handle. */
  List<DmaBuf> handles() {
    return buffers.stream().map(Buffer::handle).toList();
  }

  @Override
  public void close() {
    buffers.forEach(buffer -> buffer.handle().close());
  }
}
