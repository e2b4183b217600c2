// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The net below descriptors and mappings: gives back what became unreachable without having been
 * closed, such as a result that came when nobody waited for it any more.
 *
 * <p>Has no thread: what was found is given back by {@link #poll}.
 */
final class Unclosed {
  private final ReferenceQueue<Object> queue = new ReferenceQueue<>();
  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();

  /**
   * Watches an object.
   *
   * @param owner what is to be closed
   * @param release gives back what it owned; must not refer to it
   */
  Watched watch(Object owner, Runnable release) {
    Watched entry = new Watched(owner, release);
    watched.add(entry);
    return entry;
  }

  /** Gives back what was lost. */
  void poll() {
    for (Object found = queue.poll(); found != null; found = queue.poll()) {
      Watched entry = (Watched) found;
      if (watched.remove(entry)) {
        entry.release.run();
      }
    }
  }

  /** An object that is watched. */
  final class Watched extends PhantomReference<Object> {
    private final Runnable release;

    private Watched(Object owner, Runnable release) {
      super(owner, queue);
      this.release = release;
    }

    /**
     * Ends the watch: the object is being closed.
     *
     * @return whether that is to be done now; if not, {@link #poll} has done it: an object can be
     *     found dead while the last method on it is running
     */
    boolean closed() {
      return watched.remove(this);
    }
  }
}
