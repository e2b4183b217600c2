// SPDX-License-Identifier: Apache-2.0
package com.acme.carveout;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** One carveout. */
@ObjectClassDefinition(name = "Carveout heap", description = "Memory set aside for one heap")
public @interface CarveoutConfig {
  /** The heap's name. */
  @AttributeDefinition(name = "Name", description = "1 to 63 of A-Z a-z 0-9 _ , . @ -")
  String dmabuf_heap_name();

  /** The size of the region, in bytes. */
  @AttributeDefinition(name = "Size", description = "In bytes", min = "4096")
  long bytes();

  /** Where the memory comes from. */
  @AttributeDefinition(
      name = "Source",
      description = "Only huge-pages and physical give contiguous buffers",
      options = {
        @Option(label = "Ordinary pages", value = "memfd"),
        @Option(label = "One run of huge pages", value = "huge-pages"),
        @Option(label = "Physical memory, by address", value = "physical")
      })
  String source() default "memfd";

  /** The device that maps physical memory. */
  @AttributeDefinition(name = "Device", description = "/dev/mem, /dev/uioN or a u-dma-buf's node")
  String device() default "/dev/mem";

  /** The physical address, decimal or 0x and hexadecimal. */
  @AttributeDefinition(name = "Address", description = "Of the first byte, such as 0x3f000000")
  String address() default "";
}
