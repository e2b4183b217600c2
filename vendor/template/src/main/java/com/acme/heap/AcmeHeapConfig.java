// SPDX-License-Identifier: Apache-2.0
package com.acme.heap;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The settings of one heap. Must be public. An underscore stands for a dot: {@code max.bytes}. */
@ObjectClassDefinition(name = "Acme heap", description = "One heap for each configuration")
public @interface AcmeHeapConfig {

  /** The name by which clients find it. */
  @AttributeDefinition(name = "Name", description = "1 to 63 of A-Z a-z 0-9 _ , . @ -")
  String dmabuf_heap_name();

  /** The largest buffer, in bytes. */
  @AttributeDefinition(name = "Largest buffer", description = "In bytes", min = "4096")
  long max_bytes() default 64 << 20;
}
