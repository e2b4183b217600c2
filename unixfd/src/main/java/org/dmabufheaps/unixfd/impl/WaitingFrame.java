// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.unixfd.ReceivedFrame;

/**
 * A frame as it came, with its descriptors.
 *
 * @param message what the peer says of it
 * @param fds one for each memory
 * @param caps what the frame is
 * @param from whose it is, for messages
 */
record WaitingFrame(NewBuffer message, List<OwnedFd> fds, String caps, String from) {

  long id() {
    return message.id();
  }

  void closeFds() {
    fds.forEach(OwnedFd::close);
  }

  /**
   * Imports the buffers.
   *
   * @param onClose run once, when the frame is closed
   * @throws HeapException when one of them can't be imported, or is too small; none is open then
   */
  ReceivedFrame imported(AllocationService allocation, Runnable onClose) throws HeapException {
    List<ReceivedFrame.Range> ranges = new ArrayList<>(fds.size());
    boolean done = false;
    try {
      for (int i = 0; i < fds.size(); i++) {
        ranges.add(range(i, allocation));
      }
      done = true;
      return new ImportedFrame(message, caps, List.copyOf(ranges), onClose);
    } finally {
      if (!done) {
        ranges.forEach(range -> range.buffer().close());
      }
    }
  }

  private ReceivedFrame.Range range(int i, AllocationService allocation) throws HeapException {
    NewBuffer.Memory memory = message.memories().get(i);
    DmaBuf buffer = allocation.importFd(fds.get(i));
    if (memory.offset() + memory.size() > buffer.size()) {
      long size = buffer.size();
      buffer.close();
      throw new HeapException(
          "a frame from "
              + from
              + " with "
              + memory.size()
              + " bytes at offset "
              + memory.offset()
              + " of a buffer of "
              + size,
          Errno.EINVAL);
    }
    return new ReceivedFrame.Range(buffer, memory.offset(), memory.size());
  }
}
