// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * The service properties of a {@link Heap}. For heaps whose name comes from configuration the same
 * properties are set there, by the names of {@link org.dmabufheaps.HeapAllocator}.
 */
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface DmaHeap {
  /** What the property names start with. */
  String PREFIX_ = "dmabuf.heap.";

  /**
   * The heap's name: stable, describing the region and what its buffers are good for, never the
   * allocator behind it (the kernel's {@code Documentation/userspace-api/dma-buf-heaps.rst}).
   *
   * @return 1 to 63 of the characters {@code A-Z a-z 0-9 _ , . @ -}
   */
  String name();

  /**
   * Further names that lead to the heap.
   *
   * @return names of the same form
   */
  String[] aliases() default {};

  /**
   * Whether each buffer is physically contiguous.
   *
   * @return {@code true} only if every buffer is
   */
  boolean contiguous() default false;
}
