// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.Heap;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Finds the heap that a client means. Of several the one with the highest ranking is meant. */
final class HeapDirectory {
  private static final Comparator<PublishedHeap> BY_RANKING =
      Comparator.comparing(heap -> heap.heap().reference());

  private final Map<ServiceReference<Heap>, PublishedHeap> heaps = new ConcurrentHashMap<>();

  void add(PublishedHeap heap) {
    heaps.put(heap.heap().reference(), heap);
  }

  PublishedHeap get(ServiceReference<Heap> reference) {
    return heaps.get(reference);
  }

  void remove(PublishedHeap heap) {
    heaps.remove(heap.heap().reference());
  }

  Collection<PublishedHeap> all() {
    return List.copyOf(heaps.values());
  }

  /** Finds by name, alias or filter. */
  BoundHeap find(String wanted) throws HeapException {
    if (wanted == null || wanted.isEmpty()) {
      throw new IllegalArgumentException("a heap's name is needed, or a filter");
    }
    Optional<PublishedHeap> found =
        wanted.startsWith("(") ? byFilter(wanted) : byName(wanted).or(() -> byAlias(wanted));
    return found.map(PublishedHeap::heap).orElseThrow(() -> missing(wanted));
  }

  private Optional<PublishedHeap> byFilter(String text) {
    try {
      Filter filter = FrameworkUtil.createFilter(text);
      return best(heap -> filter.match(FrameworkUtil.asDictionary(heap.properties())));
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException("the filter " + text + " can't be parsed", e);
    }
  }

  private Optional<PublishedHeap> byName(String name) {
    return best(heap -> heap.heap().name().equals(name));
  }

  private Optional<PublishedHeap> byAlias(String name) {
    return best(heap -> heap.heap().properties().aliases().contains(name));
  }

  /** Whether a name leads to this heap: an alias doesn't if another heap has it as its name. */
  boolean serves(PublishedHeap heap, String name) {
    return byName(name).or(() -> byAlias(name)).filter(best -> best == heap).isPresent();
  }

  private Optional<PublishedHeap> best(Predicate<PublishedHeap> wanted) {
    return heaps.values().stream()
        .filter(PublishedHeap::isPublished)
        .filter(wanted)
        .max(BY_RANKING);
  }

  private HeapException missing(String wanted) {
    return new HeapException(
        "allocating from heap " + wanted + ": " + whyMissing(wanted), Errno.ENODEV);
  }

  private String whyMissing(String wanted) {
    for (PublishedHeap heap : heaps.values()) {
      if (heap.heap().name().equals(wanted)
          || heap.heap().properties().aliases().contains(wanted)) {
        return "it is unavailable: " + heap.heap().status().reason();
      }
    }
    String there =
        heaps.values().stream()
            .filter(PublishedHeap::isPublished)
            .map(heap -> heap.heap().name())
            .sorted()
            .distinct()
            .collect(Collectors.joining(", "));
    return (wanted.startsWith("(") ? "no heap matches" : "there is none of that name")
        + "; available: "
        + (there.isEmpty() ? "none" : there)
        + " (property "
        + HeapAllocator.NAME
        + ")";
  }
}
