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

  /**
   * Binds a stream socket that other users may connect to, and listens.
   *
   * <p>The directory must be one that nobody else can change: owned by this user or root, no
   * symbolic link, writable for its owner alone, and so must those above it, unless their sticky
   * bit is set. If it is missing it is made, as open as the socket. A socket that another process
   * left there, which nobody listens on any more, is replaced, while a lock on the file {@code
   * NAME.lock} is held.
   *
   * @param path of the socket, absolute, at most 107 bytes
   * @param mode its permissions, such as 0660, of 0600 to 0666; there is no moment with more
   * @param group who is let in by the mode's second digit, by name or number; empty for the
   *     process's own
   * @return a listener, to be closed by the caller, which also removes the file
   * @throws IllegalArgumentException when the path is too long or not absolute, or for the mode
   * @throws HeapException {@code EADDRINUSE} when somebody listens there; {@code EEXIST} when there
   *     is something other than a socket; {@code EPERM} when the directory can be changed by
   *     others, or the group isn't this process's; {@code ENOENT} when there is no such group or no
   *     directory above; {@code EACCES}
   */
  FdListener listen(Path path, int mode, String group) throws HeapException;

  /**
   * Takes a listening socket that the service manager opened for this process ({@code
   * sd_listen_fds(3)}: {@code LISTEN_FDS}). It stays open in the service manager, and here for
   * whoever asks next, when the result is closed.
   *
   * @param name its name, as {@code FileDescriptorName=} or the unit's; a single socket that comes
   *     without names has any
   * @return a listener, to be closed by the caller; {@code null} when there is none of that name
   * @throws HeapException {@code EINVAL} when it is not a listening Unix stream socket; {@code
   *     EMFILE}
   */
  FdListener inherited(String name) throws HeapException;

  /**
   * Makes what waits for many sockets at once.
   *
   * @return without sockets, to be closed by the caller
   * @throws HeapException {@code EMFILE}
   */
  FdPoll poll() throws HeapException;
}
