// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/** Finds the heap that is meant. */
final class HeapChoice {
  private final HeapRegistry registry;

  HeapChoice(HeapRegistry registry) {
    this.registry = registry;
  }

  /** Returns the available heap of a name, an alias or a filter, the highest ranking first. */
  HeapInfo choose(String wanted) throws HeapException {
    List<HeapInfo> heaps = registry.heaps();
    Predicate<HeapInfo> matches = matcher(wanted);
    List<HeapInfo> found = heaps.stream().filter(matches).toList();
    return found.stream()
        .filter(info -> info.available)
        .sorted(Comparator.comparingInt((HeapInfo info) -> info.ranking).reversed())
        .findFirst()
        .orElseThrow(() -> none(wanted, found, heaps));
  }

  private static Predicate<HeapInfo> matcher(String wanted) {
    if (!wanted.startsWith("(")) {
      return info -> info.name.equals(wanted) || Arrays.asList(info.aliases).contains(wanted);
    }
    try {
      Filter filter = FrameworkUtil.createFilter(wanted);
      return info -> filter.matches(info.properties);
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException("filter " + wanted + ": " + e.getMessage(), e);
    }
  }

  private static HeapException none(String wanted, List<HeapInfo> found, List<HeapInfo> all) {
    if (!found.isEmpty()) {
      HeapInfo first = found.get(0);
      return new HeapException(
          "checking heap " + first.name + ": it is unavailable, " + first.reason, Errno.ENODEV);
    }
    String names =
        all.stream().filter(i -> i.available).map(i -> i.name).collect(Collectors.joining(", "));
    return new HeapException(
        "checking heap "
            + wanted
            + ": there is no such heap, available: "
            + (names.isEmpty() ? "none" : names),
        Errno.ENODEV);
  }
}
