// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.HeapAllocator;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * A heap that can be allocated from, by its allocator's properties.
 *
 * @param reference the allocator service
 * @param name the heap's
 * @param aliases further names
 * @param exports what a descriptor of it is
 */
record ServedHeap(
    ServiceReference<HeapAllocator> reference, String name, List<String> aliases, String exports) {
  private static final int MAX_WANTED = 1024;
  private static final int MAX_DEPTH = 16;

  static ServedHeap of(ServiceReference<HeapAllocator> reference) {
    return new ServedHeap(
        reference,
        text(reference, HeapAllocator.NAME),
        reference.getProperty(HeapAllocator.ALIASES) instanceof String[] names
            ? List.of(names)
            : List.of(),
        text(reference, HeapAllocator.EXPORTS));
  }

  private static String text(ServiceReference<?> reference, String property) {
    return reference.getProperty(property) instanceof String text ? text : "";
  }

  /** Tells whether a name, an alias or, with a parenthesis, a filter leads here. */
  boolean matches(String wanted, Filter filter) {
    return filter != null
        ? filter.match(reference)
        : name.equals(wanted) || aliases.contains(wanted);
  }

  /**
   * Reads a filter. The framework does so by recursion, so what is deep or long is refused before.
   *
   * @return {@code null} for a name
   */
  static Filter filter(String wanted) throws Failure {
    if (wanted.length() > MAX_WANTED || depth(wanted) > MAX_DEPTH) {
      throw Failure.invalidParameter("heap");
    }
    if (!wanted.startsWith("(")) {
      return null;
    }
    try {
      return FrameworkUtil.createFilter(wanted);
    } catch (InvalidSyntaxException e) {
      throw Failure.invalidParameter("heap");
    }
  }

  private static int depth(String filter) {
    int now = 0;
    int most = 0;
    for (int i = 0; i < filter.length(); i++) {
      char c = filter.charAt(i);
      now += c == '(' ? 1 : c == ')' ? -1 : 0;
      most = Math.max(most, now);
    }
    return most;
  }

  /** Describes it to a client. */
  Map<String, Object> describe(Policy policy, Client client) {
    Map<String, Object> heap = new LinkedHashMap<>();
    heap.put("name", name);
    heap.put("aliases", aliases);
    heap.put("backing", text(reference, HeapAllocator.BACKING));
    heap.put("exports", exports);
    heap.put("contiguous", Boolean.TRUE.equals(reference.getProperty(HeapAllocator.CONTIGUOUS)));
    heap.put("maxBytes", reference.getProperty(HeapAllocator.MAX_BYTES));
    long allowed = policy.heapLimit(client.who(), name);
    heap.put("allowed", allowed > 0);
    heap.put("allowedBytes", allowed == Policy.UNLIMITED ? null : (Object) allowed);
    return heap;
  }
}
