// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The configuration of the shrinker's driver, PID {@code org.dmabufheaps.pressure}. What it
 * describes is read and checked by {@link PressureSettings}.
 */
@ObjectClassDefinition(
    name = "Memory pressure",
    description = "When idle memory of pools and freelists goes back to the system")
public @interface PressureConfig {

  /**
   * How long tasks may stall for memory within a window.
   *
   * @return in milliseconds
   */
  @AttributeDefinition(
      name = "Stall",
      description = "For how many milliseconds of a window tasks may wait for memory",
      min = "1")
  long stall_millis() default 100;

  /**
   * The window.
   *
   * @return in milliseconds; the kernel takes 500 to 10,000
   */
  @AttributeDefinition(
      name = "Window",
      description = "In milliseconds; idle memory is given back once in a window at most",
      min = "500",
      max = "10000")
  long window_millis() default 1_000;

  /**
   * Below which share of the machine's memory there is pressure, where the kernel doesn't tell.
   *
   * @return in percent; 0 for never
   */
  @AttributeDefinition(
      name = "Least available",
      description =
          "Where the kernel has no pressure stall information: there is pressure when less than"
              + " so many percent of the memory are available; 0 for never",
      min = "0",
      max = "50")
  int least_available_percent() default 5;
}
