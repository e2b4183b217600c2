// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Makes Unix sockets that carry descriptors between processes ({@code SCM_RIGHTS}, {@code
 * unix(7)}).
 *
 * <p>A service of bundle scope, there while the bundle {@code linux-memory} is: sockets and
 * received descriptors belong to the calling bundle and are closed when it has stopped.
 * Thread-safe.
 */
@ProviderType
public interface FdSockets {

  /**
   * Connects to a listening stream socket. Waits while its queue of connections is full.
   *
   * @param path of the socket, at most 107 bytes
   * @return a connection, to be closed by the caller
   * @throws IllegalArgumentException when the path is too long
   * @throws HeapException {@code ENOENT}, {@code ECONNREFUSED}, {@code EACCES}, {@code EMFILE}
   */
  FdSocket connect(Path path) throws HeapException;

  /**
   * Binds a stream socket and listens. The socket's file gets mode 0600 before anybody can connect.
   *
   * @param path of the socket, at most 107 bytes; nothing may be there yet
   * @return a listener, to be closed by the caller, which also removes the file
   * @throws IllegalArgumentException when the path is too long
   * @throws HeapException {@code EADDRINUSE} when there is a file, {@code EACCES}, {@code ENOENT}
   */
  FdListener listen(Path path) throws HeapException;
}
