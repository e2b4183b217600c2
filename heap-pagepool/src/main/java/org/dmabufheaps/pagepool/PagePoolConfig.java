// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The configuration of the page pools, PID {@code org.dmabufheaps.pagepool}. What it describes is
 * read and checked by {@link PoolSettings}.
 */
@ObjectClassDefinition(
    name = "Page pools",
    description = "How much cleared memory each heap's pool keeps ready. A change loses nothing.")
public @interface PagePoolConfig {

  /**
   * The high watermark.
   *
   * @return in bytes
   */
  @AttributeDefinition(
      name = "High watermark",
      description = "The most idle memory in one heap's pool, in bytes",
      min = "0")
  long high_bytes() default 256L << 20;

  /**
   * The most fresh memory that is got in advance.
   *
   * @return in bytes
   */
  @AttributeDefinition(
      name = "Most fresh memory in advance",
      description =
          "When a buffer is freed that can't be used again, fresh memory of its size is got in the"
              + " background, up to so many bytes; 0 for none",
      min = "0")
  long refill_max_bytes() default 64L << 20;

  /**
   * The age at which idle memory is released.
   *
   * @return in milliseconds, up to a year; 0 for never
   */
  @AttributeDefinition(
      name = "Largest age",
      description = "After how many milliseconds idle memory is released; 0 for never",
      min = "0",
      max = "31536000000")
  long max_age_millis() default 5_000;

  /**
   * The low watermarks.
   *
   * @return entries {@code BYTES*COUNT}
   */
  @AttributeDefinition(
      name = "Kept ready",
      description =
          "Buffers that are got in advance and kept, whatever their age: BYTES*COUNT, such as"
              + " 3110400*4; for programs that must not miss when they start")
  String[] keep_ready() default {};
}
