// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.util.Map;
import java.util.TreeMap;

/**
 * Whether a heap can be used, and how.
 *
 * @param available whether it can be allocated from
 * @param reason why not; or, of an available one, what is worth knowing, such as why other backings
 *     were not taken; may be empty
 * @param properties what becomes service properties of its {@link org.dmabufheaps.HeapAllocator},
 *     such as {@link org.dmabufheaps.HeapAllocator#BACKING}
 */
public record HeapStatus(boolean available, String reason, Map<String, Object> properties) {

  /**
   * Checks and copies.
   *
   * @throws NullPointerException when something is null
   */
  public HeapStatus {
    if (reason == null) {
      throw new NullPointerException("reason");
    }
    properties = Map.copyOf(properties);
  }

  /**
   * Says that the heap can be used.
   *
   * @return a status without a reason and without properties
   */
  public static HeapStatus usable() {
    return new HeapStatus(true, "", Map.of());
  }

  /**
   * Says that the heap can't be used.
   *
   * @param reason why, and what can be done about it
   * @return a status without properties
   */
  public static HeapStatus unusable(String reason) {
    return new HeapStatus(false, reason, Map.of());
  }

  /**
   * Adds a property.
   *
   * @param key such as {@link org.dmabufheaps.HeapAllocator#EXPORTS}
   * @param value of a type that a service property may have
   * @return a status with that property
   */
  public HeapStatus with(String key, Object value) {
    Map<String, Object> more = new TreeMap<>(properties);
    more.put(key, value);
    return new HeapStatus(available, reason, more);
  }
}
