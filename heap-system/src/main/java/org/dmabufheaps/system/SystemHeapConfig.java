// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/**
 * The configuration of the system heap, PID {@code org.dmabufheaps.heap.system}. What it describes
 * is read and checked by {@link Settings}.
 */
@ObjectClassDefinition(
    name = "System heap",
    description = "Where the system heap takes its memory from. A change keeps live buffers.")
public @interface SystemHeapConfig {

  /**
   * The backing.
   *
   * @return {@code auto}, {@code dma-heap}, {@code udmabuf} or {@code memfd}
   */
  @AttributeDefinition(
      name = "Backing",
      description =
          "Where the memory comes from; auto takes the first that can be used: a dma-heap device,"
              + " udmabuf, memfd",
      options = {
        @Option(label = "The first that can be used", value = "auto"),
        @Option(label = "A device in /dev/dma_heap", value = "dma-heap"),
        @Option(label = "/dev/udmabuf", value = "udmabuf"),
        @Option(label = "memfd, not for drivers", value = "memfd")
      })
  String backing() default "auto";

  /**
   * The dma-heap's name.
   *
   * @return the name of a node in {@code /dev/dma_heap}
   */
  @AttributeDefinition(
      name = "Node",
      description = "The name of the node in /dev/dma_heap, 1 to 63 of A-Z a-z 0-9 _ , . @ -")
  String node() default "system";

  /**
   * The largest buffer.
   *
   * @return in bytes; 0 for no limit but the backing's
   */
  @AttributeDefinition(
      name = "Largest buffer",
      description = "In bytes; 0 for no limit but the backing's",
      min = "0")
  long max_bytes() default 0;
}
