// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What core needs of the system. A service of {@code linux-memory}; without it core runs, and
 * refuses imports and sockets with that reason. Thread-safe.
 */
@ProviderType
public interface MemoryBackend {

  /**
   * Returns the page size of the running kernel.
   *
   * @return in bytes, a power of two
   */
  long pageSize();

  /**
   * Tells, for people, in which way the system is called, and why in that one.
   *
   * @return {@code java.lang.foreign} or {@code jna, since …}, say; empty when it is not known
   */
  default String calls() {
    return "";
  }

  /**
   * Asks how much memory the system has left.
   *
   * @return the headroom as it stands
   */
  Headroom headroom();

  /**
   * Tells the system that the calling thread does work which can wait, from now on ({@code
   * setpriority(2)}, of one thread). Where that can't be told it does nothing.
   */
  default void giveWay() {}

  /**
   * Imports a buffer, as {@link org.dmabufheaps.AllocationService#importFd(int)} says.
   *
   * @param fd a descriptor of this process; it is duplicated
   * @param budget admits memory that the buffer has promised and not got yet, as a sparse memfd:
   *     whoever looks at it makes the kernel provide it
   * @return the buffer
   * @throws HeapException when it is none; {@code EPERM} when the descriptor is the backend's own;
   *     {@code ENOMEM} from the budget
   */
  DmaBufOps importFd(int fd, MemoryBudget budget) throws HeapException;

  /**
   * Connects a Unix socket, as {@link org.dmabufheaps.FdSockets#connect} says.
   *
   * @param path of the socket
   * @return the connection
   * @throws HeapException when the system refuses
   */
  default FdSocket connect(Path path) throws HeapException {
    return connect(path, () -> true);
  }

  /**
   * As {@link #connect(Path)}, for as long as somebody wants the connection.
   *
   * @param path of the socket
   * @param wanted asked several times a second while the peer's queue is full
   * @return the connection
   * @throws HeapException when the system refuses; {@code ECANCELED} when it is not wanted any more
   */
  FdSocket connect(Path path, BooleanSupplier wanted) throws HeapException;

  /**
   * Listens on a Unix socket, as {@link org.dmabufheaps.FdSockets#listen} says.
   *
   * @param path of the socket
   * @return the listener
   * @throws HeapException when the system refuses
   */
  FdListener listen(Path path) throws HeapException;

  /**
   * Listens on a Unix socket for others, as {@link org.dmabufheaps.FdSockets#listen(Path, int,
   * String)} says.
   *
   * @param path of the socket
   * @param mode its permissions
   * @param group who is let in by them
   * @return the listener
   * @throws HeapException when the system refuses, or the directory is not safe
   */
  default FdListener listen(Path path, int mode, String group) throws HeapException {
    throw new HeapException("listening on " + path, Errno.ENOSYS);
  }

  /**
   * Takes a socket of the service manager's, as {@link org.dmabufheaps.FdSockets#inherited} says.
   *
   * @param name the socket's
   * @return the listener; {@code null} when there is none
   * @throws HeapException when it is no listening Unix socket
   */
  default FdListener inherited(String name) throws HeapException {
    throw new HeapException("taking the service manager's socket " + name, Errno.ENOSYS);
  }

  /**
   * Makes what waits for many sockets, which are this backend's.
   *
   * @return without sockets
   * @throws HeapException when the system refuses
   */
  default FdPoll poll() throws HeapException {
    throw new HeapException("waiting for sockets", Errno.ENOSYS);
  }
}
