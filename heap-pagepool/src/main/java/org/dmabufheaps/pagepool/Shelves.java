// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/** The shelves of a pool, one for each size of which something is there or was lately. */
final class Shelves {
  /** A shelf, and what it is sorted by, which may change meanwhile. */
  private record Place(Shelf shelf, long key) {}

  private final Map<Long, Shelf> bySize = new ConcurrentHashMap<>();

  /** Returns the shelf of a size; {@code null} when there is none. */
  Shelf get(long bytes) {
    return bySize.get(bytes);
  }

  /** Puts a buffer on its shelf, which nobody takes away meanwhile. */
  void put(long bytes, Idle idle) {
    bySize.compute(
        bytes,
        (size, there) -> {
          Shelf shelf = there == null ? new Shelf(size) : there;
          shelf.put(idle);
          return shelf;
        });
  }

  /** Takes a shelf away, unless something is on it or was missed lately. */
  void forgetIfEmpty(Shelf shelf) {
    if (shelf.isForgettable()) {
      bySize.computeIfPresent(
          shelf.bytes, (size, there) -> there == shelf && there.isForgettable() ? null : there);
    }
  }

  int count() {
    return bySize.size();
  }

  /** Returns the shelves of these sizes, the smallest first. */
  List<Shelf> between(long leastBytes, long mostBytes) {
    return bySize.values().stream()
        .filter(shelf -> shelf.bytes >= leastBytes && shelf.bytes <= mostBytes)
        .sorted(Comparator.comparingLong(shelf -> shelf.bytes))
        .toList();
  }

  /** Sizes that nobody uses any more make room for those that are used now. */
  List<Shelf> oldestFirst(long nowNanos) {
    return sorted(shelf -> shelf.oldestNanos(nowNanos) - nowNanos);
  }

  /** Few calls give back much. */
  List<Shelf> largestFirst() {
    return sorted(shelf -> -shelf.bytes);
  }

  private List<Shelf> sorted(ToLongFunction<Shelf> key) {
    return bySize.values().stream()
        .map(shelf -> new Place(shelf, key.applyAsLong(shelf)))
        .sorted(Comparator.comparingLong(Place::key))
        .map(Place::shelf)
        .toList();
  }
}
