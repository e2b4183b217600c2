// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * Core's books, read by reflection: a bundle that had a class in common with core would be stopped
 * when core is refreshed, and with it the test.
 */
final class Books {
  static final String REGISTRY = "org.dmabufheaps.HeapRegistry";

  private final BundleContext context;

  Books(BundleContext context) {
    this.context = context;
  }

  /** What {@code HeapRegistry.buffers()} lists. */
  List<?> buffers() {
    return (List<?>) ask("buffers");
  }

  /** What {@code HeapRegistry.heaps()} lists. */
  List<?> heaps() {
    return (List<?>) ask("heaps");
  }

  /** A value of a heap's entry, such as {@code liveBytes}. */
  Object ofHeap(String name, String field) {
    return heaps().stream()
        .filter(heap -> name.equals(value(heap, "name")))
        .map(heap -> value(heap, field))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no heap " + name + " in the books"));
  }

  /** A value of the budget, such as {@code reserveBytes}. */
  Object ofBudget(String field) {
    return value(ask("budget"), field);
  }

  /** Whether nothing is allocated and nothing taken. */
  boolean atZero() {
    return buffers().isEmpty()
        && heaps().stream().allMatch(Books::atZero)
        && ofBudget("takenBytes").equals(0L);
  }

  private static boolean atZero(Object heap) {
    return List.of("liveBytes", "liveBuffers", "pendingFreeBytes", "quarantinedBytes").stream()
        .allMatch(field -> value(heap, field).equals(0L));
  }

  @Override
  public String toString() {
    return "buffers " + buffers() + ", heaps " + heaps() + ", budget " + ask("budget");
  }

  private Object ask(String question) {
    ServiceReference<?> reference = registry();
    try {
      return reference
          .getBundle()
          .loadClass(REGISTRY)
          .getMethod(question)
          .invoke(context.getService(reference));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("asking for " + question, e);
    } finally {
      context.ungetService(reference);
    }
  }

  private ServiceReference<?> registry() {
    try {
      ServiceReference<?>[] found = context.getAllServiceReferences(REGISTRY, null);
      if (found == null) {
        throw new IllegalStateException("there is no " + REGISTRY);
      }
      return found[0];
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The value of a DTO's field. */
  static Object value(Object dto, String field) {
    try {
      return dto.getClass().getField(field).get(dto);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(dto + " has no " + field, e);
    }
  }
}
