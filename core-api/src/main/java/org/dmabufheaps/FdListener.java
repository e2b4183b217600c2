// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.annotation.versioning.ProviderType;

/** A listening Unix socket. Thread-safe. */
@ProviderType
public interface FdListener extends AutoCloseable {

  /**
   * Waits for a peer.
   *
   * @param timeoutMillis how long at most, in milliseconds; 0 for no limit
   * @return a connection, to be closed by the caller
   * @throws BufferClosedException when this listener is closed, also while waiting
   * @throws HeapException {@code ETIMEDOUT}, {@code EMFILE}
   */
  FdSocket accept(long timeoutMillis) throws HeapException;

  /** Stops listening and removes the socket's file. Never throws; a second call does nothing. */
  @Override
  void close();
}
