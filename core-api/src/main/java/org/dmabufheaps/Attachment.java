// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.annotation.versioning.ProviderType;

/** A device's use of a buffer, from {@link DmaBuf#attach} to {@link #close}. Thread-safe. */
@ProviderType
public interface Attachment extends AutoCloseable {

  /**
   * Returns the device.
   *
   * @return the name that was given
   */
  String device();

  /**
   * Returns what the device does with the memory.
   *
   * @return the access that was given
   */
  Access access();

  /** Tells that the device is done. Never throws; a second call does nothing. */
  @Override
  void close();
}
