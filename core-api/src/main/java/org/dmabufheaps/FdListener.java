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

  /**
   * Takes a connection that waits, without waiting for one.
   *
   * @return a connection, to be closed by the caller; {@code null} when there is none
   * @throws BufferClosedException when this listener is closed
   * @throws HeapException {@code EMFILE}: the connection goes on waiting then, and is found by the
   *     next {@link FdPoll#await} again
   */
  FdSocket tryAccept() throws HeapException;

  /**
   * Stops listening and removes the socket's file, unless the service manager made it. Never
   * throws; a second call does nothing.
   */
  @Override
  void close();
}
