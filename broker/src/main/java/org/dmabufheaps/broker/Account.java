// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.HashMap;
import java.util.Map;

/** What all clients of one user have. Charged before anything is allocated. */
final class Account {
  private static final long LOOK_NANOS = 20_000_000;

  private final int uid;
  private final Map<String, Long> bytesByHeap = new HashMap<>();
  private long bytes;
  private int buffers;
  private int connections;
  private long outstandingBytes;

  /** How often its outstanding buffers are looked at because it asks for more than it may have. */
  private final Pace looks = new Pace(LOOK_NANOS);

  Account(int uid) {
    this.uid = uid;
  }

  int uid() {
    return uid;
  }

  /** Returns the account's name in core's books. */
  String name() {
    return "uid:" + Integer.toUnsignedString(uid);
  }

  /**
   * Charges bytes, if that keeps to both limits.
   *
   * @return whether it did
   */
  synchronized boolean charge(String heap, long size, long heapLimit, long limit) {
    long ofHeap = bytesByHeap.getOrDefault(heap, 0L);
    if (size > heapLimit - ofHeap || size > limit - bytes) {
      return false;
    }
    bytesByHeap.put(heap, ofHeap + size);
    bytes += size;
    return true;
  }

  /** Counts a buffer, unless there are too many. */
  synchronized boolean addBuffer(int limit) {
    if (buffers >= limit) {
      return false;
    }
    buffers++;
    return true;
  }

  synchronized void removeBuffer() {
    buffers--;
  }

  synchronized void uncharge(String heap, long size) {
    bytes -= size;
    bytesByHeap.merge(heap, -size, (now, less) -> now + less == 0 ? null : now + less);
  }

  /** Counts bytes that were given back and that somebody may have still; they stay charged. */
  synchronized void outstanding(long more) {
    outstandingBytes += more;
  }

  synchronized long outstandingBytes() {
    return outstandingBytes;
  }

  Pace looks() {
    return looks;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized long bytes(String heap) {
    return bytesByHeap.getOrDefault(heap, 0L);
  }

  /** Counts a connection, unless there are too many. */
  synchronized boolean connect(int limit) {
    if (connections >= limit) {
      return false;
    }
    connections++;
    return true;
  }

  synchronized void disconnect() {
    connections--;
  }

  synchronized int connections() {
    return connections;
  }

  synchronized boolean isEmpty() {
    return connections == 0 && bytes == 0 && buffers == 0;
  }
}
