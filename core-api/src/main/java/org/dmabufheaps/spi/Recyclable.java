// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ConsumerType;

/** A buffer whose memory can be used again, once it is proved that nobody else holds it. */
@ConsumerType
public interface Recyclable extends DmaBufOps {

  /**
   * Tells whether anybody but this object may still hold the memory: a descriptor, a mapping, a
   * message in flight, a device. Asked after all views were retired.
   *
   * @return {@code false} only when it is proved that nobody does; a wrong answer shows one
   *     tenant's bytes to another
   */
  boolean heldElsewhere();

  /**
   * Zeroes the whole memory.
   *
   * @throws HeapException when it could not be done; the buffer must then be released
   */
  void clear() throws HeapException;
}
