// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The configuration of the contiguous system heap, PID {@code org.dmabufheaps.heap.system.contig}.
 * What it describes is read and checked by {@link Settings}.
 */
@ObjectClassDefinition(
    name = "Contiguous system heap",
    description = "Which huge pages its buffers are made of. A change keeps live buffers.")
public @interface SystemContigHeapConfig {

  /**
   * The size of the huge pages.
   *
   * @return in bytes; 0 for the system's default
   */
  @AttributeDefinition(
      name = "Huge page size",
      description = "In bytes, one of those in /sys/kernel/mm/hugepages; 0 for the default",
      min = "0")
  long page_bytes() default 0;

  /**
   * The largest buffer.
   *
   * @return in bytes; 0 for no limit but the huge page's
   */
  @AttributeDefinition(
      name = "Largest buffer",
      description = "In bytes; 0 for no limit but the huge page's",
      min = "0")
  long max_bytes() default 0;
}
