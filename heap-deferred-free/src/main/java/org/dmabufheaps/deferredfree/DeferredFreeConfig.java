// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The configuration of the freelists, PID {@code org.dmabufheaps.deferredfree}. What it describes
 * is read and checked by {@link FreelistSettings}.
 */
@ObjectClassDefinition(
    name = "Deferred free",
    description = "How much freed memory may wait to be cleared. A change loses nothing.")
public @interface DeferredFreeConfig {

  /**
   * The bound of one freelist.
   *
   * @return in bytes; 0 to free everything at once
   */
  @AttributeDefinition(
      name = "Most waiting memory",
      description = "The most memory in one heap's freelist, in bytes; more is freed at once",
      min = "0")
  long max_bytes() default 128L << 20;

  /**
   * How often the worker looks.
   *
   * @return in milliseconds
   */
  @AttributeDefinition(
      name = "Poll interval",
      description =
          "How often the worker looks while memory is being freed, in milliseconds; it is woken"
              + " only when half of the bound is reached",
      min = "1",
      max = "1000")
  long poll_millis() default 5;
}
