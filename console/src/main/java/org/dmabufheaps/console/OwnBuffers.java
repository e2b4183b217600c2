// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapRegistry;

/** The console's buffers, by the number that the books give each of them. Thread-safe. */
final class OwnBuffers {
  private final AllocationService service;
  private final HeapRegistry registry;
  private final long ownerId;
  private final AtomicLong lastLabel = new AtomicLong();
  private final Map<Long, DmaBuf> buffers = new ConcurrentSkipListMap<>();
  private volatile boolean closed;

  OwnBuffers(AllocationService service, HeapRegistry registry, long ownerId) {
    this.service = service;
    this.registry = registry;
    this.ownerId = ownerId;
  }

  /** Allocates a buffer and returns its number. It is found in the books by its label. */
  long allocate(String heap, long size) throws HeapException {
    DmaBuf buffer = service.allocate(heap, size);
    boolean kept = false;
    try {
      String label = "console " + lastLabel.incrementAndGet();
      buffer.label(label);
      long id = idOf(label);
      buffers.put(id, buffer);
      kept = !closed;
      return id;
    } finally {
      if (!kept) {
        buffer.close();
      }
    }
  }

  private long idOf(String label) {
    return registry.buffers().stream()
        .filter(info -> info.ownerBundleId == ownerId && info.label.equals(label))
        .mapToLong(info -> info.handleId)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("the buffer was taken away at once; try again"));
  }

  /** Returns a buffer, or null. */
  DmaBuf find(long id) {
    return buffers.get(id);
  }

  /** Returns a buffer, or says why there is none. */
  DmaBuf get(long id) {
    DmaBuf buffer = buffers.get(id);
    if (buffer == null) {
      throw new IllegalArgumentException(missing(id));
    }
    if (!buffer.isOpen()) {
      buffers.remove(id);
      throw new IllegalArgumentException(
          "buffer "
              + id
              + " is gone with its heap "
              + buffer.heap()
              + "; heap:alloc makes another");
    }
    return buffer;
  }

  private String missing(long id) {
    List<BufferInfo> all = registry.buffers();
    return all.stream()
        .filter(info -> info.handleId == id)
        .map(info -> "buffer " + id + " belongs to " + info.owner + ", not to the console")
        .findFirst()
        .orElse("there is no buffer " + id + "; heap:buffers lists them");
  }

  void close(long id) {
    DmaBuf buffer = buffers.remove(id);
    if (buffer == null) {
      throw new IllegalArgumentException(missing(id));
    }
    buffer.close();
  }

  /** Closes all of them and tells how many were open. */
  int closeAll() {
    int open = 0;
    for (Long id : List.copyOf(buffers.keySet())) {
      DmaBuf buffer = buffers.remove(id);
      if (buffer != null) {
        open += buffer.isOpen() ? 1 : 0;
        buffer.close();
      }
    }
    return open;
  }

  /** Closes all, also those that are just being allocated. */
  void shut() {
    closed = true;
    closeAll();
  }
}
