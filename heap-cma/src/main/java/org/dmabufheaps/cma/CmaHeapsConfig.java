// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The configuration of the CMA heaps, PID {@code org.dmabufheaps.heap.cma}. What it describes is
 * read and checked by {@link Settings}.
 */
@ObjectClassDefinition(
    name = "CMA heaps",
    description =
        "One heap for each CMA area that the kernel offers; where it offers none, a region of huge"
            + " pages. A change keeps live buffers.")
public @interface CmaHeapsConfig {

  /**
   * Nodes that are CMA, whatever they look like.
   *
   * @return names of nodes in {@code /dev/dma_heap}
   */
  @AttributeDefinition(
      name = "Nodes",
      description =
          "Names of nodes in /dev/dma_heap that are CMA on a kernel that does not show it, each an"
              + " area of its own; separated by blanks")
  String nodes() default "";

  /**
   * The size of the region.
   *
   * @return in bytes; 0 for half of the free huge pages, at most 64 MiB
   */
  @AttributeDefinition(
      name = "Region",
      description =
          "The size of the region where the kernel offers no CMA, in bytes; 0 for half of the free"
              + " huge pages, at most 64 MiB",
      min = "0")
  long region_bytes() default 0;

  /**
   * The size of the huge pages that the region is made of.
   *
   * @return in bytes; 0 for the system's default
   */
  @AttributeDefinition(
      name = "Huge page size",
      description =
          "Of the region's pages, in bytes, one of those in /sys/kernel/mm/hugepages; 0 for the"
              + " default",
      min = "0")
  long page_bytes() default 0;
}
