// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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

  /** Buffers by their numbers, and why there are no more of them, or null. */
  record Allocated(SortedMap<Long, DmaBuf> buffers, HeapException failure) {}

  /**
   * Allocates buffers, as many as there can be. Each is found in the books by its label, all of
   * them by one look: copying the books for each would take as long as there are buffers.
   */
  Allocated allocate(String heap, long size, int count) {
    Map<String, DmaBuf> made = new LinkedHashMap<>();
    SortedMap<Long, DmaBuf> numbered = new TreeMap<>();
    HeapException failure = null;
    try {
      allocate(heap, size, count, made);
    } catch (HeapException e) {
      failure = e;
    } finally {
      numbered(made, numbered);
      buffers.putAll(numbered);
      made.values().forEach(DmaBuf::close);
      if (closed) {
        closeAll();
      }
    }
    return new Allocated(numbered, failure);
  }

  private void allocate(String heap, long size, int count, Map<String, DmaBuf> made)
      throws HeapException {
    for (int i = 0; i < count; i++) {
      DmaBuf buffer = service.allocate(heap, size);
      String label = "console " + lastLabel.incrementAndGet();
      made.put(label, buffer);
      buffer.label(label);
    }
  }

  /** One whose heap has gone meanwhile has no number any more. */
  private void numbered(Map<String, DmaBuf> made, Map<Long, DmaBuf> numbered) {
    for (BufferInfo info : registry.buffers()) {
      DmaBuf buffer = info.ownerBundleId == ownerId ? made.remove(info.label) : null;
      if (buffer != null) {
        numbered.put(info.handleId, buffer);
      }
    }
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
