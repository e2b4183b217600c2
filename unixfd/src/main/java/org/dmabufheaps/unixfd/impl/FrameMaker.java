// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.DescriptorInfo;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.FrameMemory;

/** Makes of a frame what is sent. What a buffer is is found out once. Thread-safe. */
final class FrameMaker {
  private final LinuxMemory linux;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Object, Kind> kinds = new WeakHashMap<>();

  /** What a buffer is. */
  private record Kind(boolean dmaBuf, long size) {}

  FrameMaker(LinuxMemory linux) {
    this.linux = linux;
  }

  SharedFrame make(Frame frame, ByteBuffer caps, Runnable onBack) throws HeapException {
    List<FrameMemory> memories = frame.memories();
    OwnedFd[] fds = new OwnedFd[memories.size()];
    List<OwnedFd> exported = new ArrayList<>(memories.size());
    boolean done = false;
    try {
      boolean dmaBuf = false;
      for (int i = 0; i < fds.length; i++) {
        fds[i] = descriptor(memories.get(i), exported);
        Kind kind = kind(memories.get(i), fds[i]);
        if (i > 0 && kind.dmaBuf != dmaBuf) {
          throw new IllegalArgumentException("a frame of dma-bufs and of other memory");
        }
        dmaBuf = kind.dmaBuf;
      }
      long id = ids.incrementAndGet();
      ByteBuffer command = message(id, frame, dmaBuf).command();
      done = true;
      return new SharedFrame(
          id, caps, new SharedFrame.Message(command, List.of(fds), exported), onBack);
    } finally {
      if (!done) {
        exported.forEach(OwnedFd::close);
      }
    }
  }

  private static OwnedFd descriptor(FrameMemory memory, List<OwnedFd> exported)
      throws HeapException {
    if (memory.fd() != null) {
      return memory.fd();
    }
    OwnedFd fd = memory.buffer().exportFd();
    exported.add(fd);
    return fd;
  }

  private Kind kind(FrameMemory memory, OwnedFd fd) throws HeapException {
    Object buffer = memory.fd() == null ? memory.buffer() : memory.fd();
    Kind kind = known(buffer);
    if (kind == null) {
      DescriptorInfo info = linux.describe(fd.fd());
      kind = new Kind(info.kind() == DescriptorInfo.Kind.DMA_BUF, info.sizeBytes());
      remember(buffer, kind);
    }
    if (memory.offset() + memory.size() > kind.size) {
      throw new IllegalArgumentException(
          memory.size()
              + " bytes at offset "
              + memory.offset()
              + " of a buffer of "
              + kind.size
              + " bytes");
    }
    return kind;
  }

  private Kind known(Object buffer) {
    synchronized (kinds) {
      return kinds.get(buffer);
    }
  }

  private void remember(Object buffer, Kind kind) {
    synchronized (kinds) {
      kinds.put(buffer, kind);
    }
  }

  private static NewBuffer message(long id, Frame frame, boolean dmaBuf) {
    List<NewBuffer.Memory> memories =
        frame.memories().stream()
            .map(memory -> new NewBuffer.Memory(memory.size(), memory.offset()))
            .toList();
    return new NewBuffer(
        id, frame.ptsNanos(), frame.durationNanos(), dmaBuf, memories, frame.layout());
  }
}
