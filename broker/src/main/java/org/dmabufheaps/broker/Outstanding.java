// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;

/**
 * Memory that its maker has given back and that somebody may have still: another client by a buffer
 * of its own, or anybody by a descriptor, a mapping, a message in flight. It stays charged to its
 * maker, and the runtime keeps its handle, until it is proved that nobody has it. Thread-safe.
 *
 * <p>To prove it calls the heap, so the heap's lane does that.
 */
final class Outstanding {
  private static final long LOOK_NANOS = 200_000_000;

  private final LinuxMemory linux;
  private final Accounts accounts;
  private final Map<String, OfHeap> heaps = new ConcurrentHashMap<>();

  /** A buffer, and who had it. */
  private record Entry(Client client, Held held) {}

  /** What is outstanding of a heap, by the buffers' numbers. */
  private record OfHeap(Map<Long, Entry> entries, Pace pace) {
    static OfHeap of(String name) {
      return new OfHeap(new ConcurrentHashMap<>(), new Pace(LOOK_NANOS));
    }
  }

  Outstanding(LinuxMemory linux, Accounts accounts) {
    this.linux = linux;
    this.accounts = accounts;
  }

  /** Makes a client's descriptor; the first one of its memory after that was counted. */
  OwnedFd export(Held held) throws Failure, HeapException {
    OwnedFd fd = held.buffer().exportFd();
    boolean done = false;
    try {
      if (held.isMaker() && !held.lent().lend(linux.references(fd.fd()))) {
        throw Failure.clientHasGone();
      }
      done = true;
      return fd;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  /** Takes what a client has given back. Whoever did not make it has nothing more to do with it. */
  void add(Client client, Held held) {
    Entry entry = new Entry(client, held);
    held.lent().leave();
    if (!held.isMaker()) {
      settle(entry);
      return;
    }
    // First: whatever is thrown while it is asked, nothing is forgotten.
    OfHeap heap = heaps.computeIfAbsent(held.heap(), OfHeap::of);
    client.outstanding(held.charged());
    heap.entries().put(held.id(), entry);
    look(heap, entry);
  }

  /** Returns the heaps of which something is outstanding and that it is time to look at. */
  List<String> due() {
    return heaps.entrySet().stream()
        .filter(heap -> !heap.getValue().entries().isEmpty() && heap.getValue().pace().begin())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Looks at all of a heap that {@link #due} has named. */
  void look(String heap) {
    OfHeap all = heaps.get(heap);
    all.pace().work();
    try {
      look(all, entry -> true);
    } finally {
      all.pace().end();
    }
  }

  /** Looks at what a user has of a heap, if it is time: returns whether it did. */
  boolean look(Account account, String heap) {
    OfHeap all = heaps.get(heap);
    if (all == null || account.outstandingBytes() == 0 || !account.looks().begin()) {
      return false;
    }
    try {
      look(all, entry -> entry.client().account() == account);
    } finally {
      account.looks().end();
    }
    return true;
  }

  private void look(OfHeap heap, Predicate<Entry> which) {
    Collection<Entry> entries = heap.entries().values();
    for (Entry entry : entries) {
      if (which.test(entry)) {
        look(heap, entry);
      }
    }
  }

  private void look(OfHeap heap, Entry entry) {
    boolean free;
    try {
      free = isFree(entry.held());
    } catch (RuntimeException | OutOfMemoryError e) {
      // One that can't be asked is held, and stands in no other's way.
      free = false;
    }
    if (free) {
      end(heap, entry);
    }
  }

  /** Gives up on all: whoever has them keeps them. */
  void close() {
    for (OfHeap heap : heaps.values()) {
      heap.entries().values().forEach(entry -> end(heap, entry));
    }
  }

  private void end(OfHeap heap, Entry entry) {
    if (heap.entries().remove(entry.held().id(), entry)) {
      entry.client().outstanding(-entry.held().charged());
      settle(entry);
    }
  }

  private void settle(Entry entry) {
    Account account = entry.client().account();
    try {
      entry.held().buffer().close();
    } finally {
      account.uncharge(entry.held().heap(), entry.held().charged());
      account.removeBuffer();
      accounts.forgetEmpty(account);
    }
  }

  private boolean isFree(Held held) {
    if (!held.lent().isLeft()) {
      return false;
    }
    if (!held.lent().wasLent()) {
      return true;
    }
    try (OwnedFd fd = held.buffer().exportFd()) {
      return linux.reclaim(fd.fd(), held.lent().references());
    } catch (BufferClosedException e) {
      // Its heap has gone, or another thread has found out.
      return true;
    } catch (HeapException e) {
      // It can't be asked now, for want of descriptors or memory.
      return false;
    }
  }
}
