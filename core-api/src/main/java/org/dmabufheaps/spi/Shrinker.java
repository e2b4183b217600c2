// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Gives memory back when the system is short of it: {@code count_objects} and {@code scan_objects}
 * of the kernel's {@code struct shrinker} ({@code include/linux/shrinker.h}), in bytes. A
 * whiteboard service: whoever keeps idle memory registers one. Thread-safe.
 */
@ConsumerType
public interface Shrinker {

  /**
   * Returns what could be given back.
   *
   * @return in bytes; quick, and may be an estimate
   */
  long count();

  /**
   * Gives memory back, never memory in use.
   *
   * @param bytes how much is wanted
   * @return how much was given back, in bytes; 0 when {@code bytes} is 0
   */
  long scan(long bytes);
}
