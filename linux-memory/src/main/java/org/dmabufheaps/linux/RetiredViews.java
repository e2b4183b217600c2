// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.HeapException;

/**
 * The mappings that were given up while byte buffers over them could still be reached. Each is
 * unmapped when the last of its byte buffers has gone, and not before.
 *
 * <p>The list outlives this bundle, since an update must not forget it: see {@link OutlivingList}.
 * When it has become long a collection is asked for; when it is full nothing is mapped any more.
 * Has no thread: {@link #poll} is called by whoever maps and retires.
 */
final class RetiredViews {
  /** From here on collections are asked for. */
  static final int MAX_VIEWS = 1024;

  /** So many times as much is the end: the kernel has a limit of its own, for the whole process. */
  static final int CAP = 16;

  private static final long SECOND_NANOS = 1_000_000_000L;
  static final int SELDOM_SECONDS = 10;
  private static final int MADV_DONTNEED = 4;

  // A mapping that is waiting: {address, size, byte buffers that live, replaced or never to be?, in
  // work?, parted from the memory?, was a replacement refused?}
  private static final int ADDRESS = 0;
  private static final int SIZE = 1;
  private static final int LIVING = 2;
  private static final int REPLACED = 3;
  private static final int IN_WORK = 4;
  private static final int PARTED = 5;
  private static final int REFUSED = 6;

  // The totals: {mappings, bytes, time of the last collection, was there one?, time when what stale
  // writes took was last given back}
  private static final int COUNT = 0;
  private static final int BYTES = 1;
  private static final int COLLECTED_NANOS = 2;
  private static final int COLLECTED = 3;
  private static final int EMPTIED_NANOS = 4;

  private final Syscalls sys;
  private final Abi abi;
  private final Replacement replacement;

  private final RoomForViews room;

  /** The lock, too. Never held across a system call. */
  private final Object[] shared;

  private final ReferenceQueue<Object> dead;
  private final Map<Reference<?>, long[]> waiting;
  private final Queue<long[]> work;
  private final long[] totals;

  /** Of what {@link LoneList#find} returned. */
  @SuppressWarnings("unchecked")
  RetiredViews(Syscalls sys, Abi abi, Replacement replacement, Object... shared) {
    this.sys = sys;
    this.abi = abi;
    this.replacement = replacement;
    this.shared = shared;
    room = new RoomForViews(this, sys.wordBytes());
    dead = (ReferenceQueue<Object>) shared[0];
    waiting = (Map<Reference<?>, long[]>) shared[1];
    work = (Queue<long[]>) shared[2];
    totals = (long[]) shared[3];
  }

  /** Follows what {@link Syscalls#root} returned. */
  PhantomReference<Object> follow(Object root) {
    return new PhantomReference<>(root, dead);
  }

  /**
   * Takes a mapping whose owner has no use for it any more.
   *
   * @param roots all byte buffers that were made over it
   * @param replace whether those see zeros from now on; if not, they go on seeing the memory
   * @return tells whether the memory has been parted from them: at once, unless the kernel could
   *     not
   */
  BooleanSupplier add(
      long address, long size, List<PhantomReference<Object>> roots, boolean replace) {
    long[] mapping = {address, size, 0, replace ? 0 : 1, 1, 0, 0};
    synchronized (shared) {
      totals[COUNT]++;
      totals[BYTES] += size;
      for (PhantomReference<Object> root : roots) {
        waiting.put(root, mapping);
        mapping[LIVING]++;
      }
      // What died earlier may have been taken from the queue, and does not come again.
      roots.stream().filter(root -> root.refersTo(null)).forEach(this::died);
    }
    workOn(mapping);
    return () -> isParted(mapping);
  }

  private boolean isParted(long[] mapping) {
    synchronized (shared) {
      return mapping[PARTED] == 1;
    }
  }

  /** Notes the death of a byte buffer; the lock is held. */
  private void died(Reference<?> root) {
    long[] mapping = waiting.remove(root);
    if (mapping != null && --mapping[LIVING] == 0 && mapping[IN_WORK] == 0) {
      mapping[IN_WORK] = 1;
      work.add(mapping);
    }
  }

  /** Unmaps what nobody can reach any more, and tries again what failed. */
  void poll() {
    int todo;
    synchronized (shared) {
      for (Reference<?> root = dead.poll(); root != null; root = dead.poll()) {
        died(root);
      }
      todo = work.size();
    }
    for (; todo > 0; todo--) {
      long[] mapping;
      synchronized (shared) {
        mapping = work.poll();
      }
      if (mapping == null) {
        return;
      }
      workOn(mapping);
    }
    empty();
  }

  /** Gives the memory back that stale writes took; once a second. */
  private void empty() {
    long now = System.nanoTime();
    List<long[]> parted = new ArrayList<>();
    synchronized (shared) {
      if (now - totals[EMPTIED_NANOS] < SECOND_NANOS) {
        return;
      }
      totals[EMPTIED_NANOS] = now;
      for (long[] mapping : waiting.values()) {
        if (mapping[PARTED] == 1 && mapping[IN_WORK] == 0) {
          mapping[IN_WORK] = 1;
          parted.add(mapping);
        }
      }
    }
    for (long[] mapping : parted) {
      sys.madvise(mapping[ADDRESS], mapping[SIZE], MADV_DONTNEED);
      workOn(mapping);
    }
  }

  /** Does what a mapping needs; it is in this thread's hands alone. */
  private void workOn(long[] mapping) {
    while (true) {
      boolean unmap;
      synchronized (shared) {
        unmap = mapping[LIVING] == 0;
        if (!unmap && mapping[REPLACED] == 1) {
          mapping[IN_WORK] = 0;
          return;
        }
      }
      if (mapping[REFUSED] == 1 && mapping[REPLACED] == 0 && !isThere(mapping)) {
        return;
      }
      long result =
          unmap
              ? sys.munmap(mapping[ADDRESS], mapping[SIZE])
              : replacement.replace(sys, abi, mapping[ADDRESS], mapping[SIZE]);
      synchronized (shared) {
        if (result < 0) {
          // Too many mappings, or no memory for one: it stays as it is until the next poll.
          mapping[REFUSED] = unmap ? mapping[REFUSED] : 1;
          work.add(mapping);
          return;
        }
        mapping[PARTED] = 1;
        if (unmap) {
          forget(mapping);
          return;
        }
        mapping[REPLACED] = 1;
      }
    }
  }

  /**
   * Tells whether the range still has the mapping: the kernel might have failed half-way and
   * somebody else be there now. Such a range is not touched again.
   */
  private boolean isThere(long[] mapping) {
    try {
      if (Mmap.isThere(mapping[ADDRESS], mapping[SIZE])) {
        return true;
      }
      synchronized (shared) {
        mapping[PARTED] = 1;
        forget(mapping);
      }
    } catch (IOException e) {
      // No descriptor to read it by, say: nobody knows until the next poll.
      synchronized (shared) {
        work.add(mapping);
      }
    }
    return false;
  }

  /** Counts a mapping out; the lock is held. */
  private void forget(long[] mapping) {
    totals[COUNT]--;
    totals[BYTES] -= mapping[SIZE];
  }

  /**
   * Asks for a collection when the list has become long.
   *
   * @throws HeapException {@code ENOMEM} when the list is full after that, too
   */
  void makeRoom(String what) throws HeapException {
    room.make(what);
  }

  /** Tells whether nothing may be added but what is mapped already. */
  boolean isFull() {
    return room.isFull();
  }

  /** Asks for a collection, unless there was one in so many seconds. */
  boolean collect(int seconds) {
    long now = System.nanoTime();
    synchronized (shared) {
      if (totals[COLLECTED] == 1 && now - totals[COLLECTED_NANOS] < seconds * SECOND_NANOS) {
        return false;
      }
      totals[COLLECTED] = 1;
      totals[COLLECTED_NANOS] = now;
    }
    System.gc();
    poll();
    return true;
  }

  /** Returns how many mappings wait. */
  long count() {
    synchronized (shared) {
      return totals[COUNT];
    }
  }

  /** Returns how many bytes of address space wait. */
  long bytes() {
    synchronized (shared) {
      return totals[BYTES];
    }
  }
}
