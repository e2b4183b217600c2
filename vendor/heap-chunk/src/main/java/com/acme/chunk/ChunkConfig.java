// SPDX-License-Identifier: Apache-2.0
package com.acme.chunk;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** One chunk heap. */
@ObjectClassDefinition(name = "Chunk heap", description = "Equal chunks, set aside for one heap")
public @interface ChunkConfig {
  /** The heap's name. */
  @AttributeDefinition(name = "Name", description = "1 to 63 of A-Z a-z 0-9 _ , . @ -")
  String dmabuf_heap_name();

  /** The size of the region, in bytes. */
  @AttributeDefinition(name = "Size", description = "In bytes", min = "4096")
  long bytes();

  /** The size of a chunk, in bytes. */
  @AttributeDefinition(name = "Chunk", description = "In bytes, whole pages", min = "4096")
  long chunk_bytes() default 1 << 20;

  /** Where the memory comes from. */
  @AttributeDefinition(
      name = "Source",
      description = "With huge pages a chunk is made of those",
      options = {
        @Option(label = "Ordinary pages", value = "memfd"),
        @Option(label = "Huge pages", value = "huge-pages")
      })
  String source() default "memfd";
}
