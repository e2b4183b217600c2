// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** A concurrent set that is made when something comes in: most of them stay empty for ever. */
final class LazySet<T> {
  private volatile Set<T> things = Set.of();

  void add(T thing) {
    Set<T> now = things;
    (now.isEmpty() ? made() : now).add(thing);
  }

  /** Once it was made it stays, since others may be adding to it. */
  private synchronized Set<T> made() {
    if (!(things instanceof ConcurrentHashMap.KeySetView)) {
      things = ConcurrentHashMap.newKeySet();
    }
    return things;
  }

  void remove(T thing) {
    Set<T> now = things;
    if (!now.isEmpty()) {
      now.remove(thing);
    }
  }

  void forEach(Consumer<T> action) {
    Set<T> now = things;
    if (!now.isEmpty()) {
      now.forEach(action);
    }
  }

  /** Returns what is in it; others may come and go meanwhile. */
  Set<T> all() {
    return things;
  }
}
