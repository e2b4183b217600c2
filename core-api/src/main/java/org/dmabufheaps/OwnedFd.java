// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A file descriptor with one owner, who closes it once. Close-on-exec.
 *
 * <p>Thread-safe. Passed to a method of this API it is safe against being closed meanwhile; the
 * bare number is not.
 */
@ProviderType
public interface OwnedFd extends AutoCloseable {

  /**
   * Returns the descriptor's number, for a native call. It is the caller's duty to keep this object
   * open while the number is used.
   *
   * @return the number, 0 or larger
   * @throws BufferClosedException when it is closed
   */
  int fd();

  /**
   * Tells whether the descriptor is open.
   *
   * @return {@code false} after {@link #close()}
   */
  boolean isOpen();

  /** Closes the descriptor. Never throws; a second call does nothing. */
  @Override
  void close();
}
