// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.nio.ByteBuffer;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A connected Unix stream socket that carries bytes and descriptors.
 *
 * <p>A stream has no message borders, but a receiver never gets the descriptors of two sends at
 * once. Thread-safe; two senders' bytes may mix when a send is larger than the socket's buffer.
 */
@ProviderType
public interface FdSocket extends AutoCloseable {
  /** The most descriptors that one message may carry ({@code SCM_MAX_FD} of the kernel). */
  int MAX_FDS = 253;

  /**
   * Who is at the other end, as the kernel knew it at connect ({@code SO_PEERCRED}).
   *
   * @return its process, user and group
   */
  Peer peer();

  /**
   * Sends bytes, and descriptors with the first of them. The descriptors stay the caller's; the
   * receiver gets duplicates. Waits while the socket's buffer is full.
   *
   * @param bytes what to send, from position to limit, at least one byte; the position moves
   * @param fds the descriptors, at most {@link #MAX_FDS}
   * @throws IllegalArgumentException when there are no bytes or too many descriptors
   * @throws BufferClosedException when this socket or one of the descriptors is closed
   * @throws HeapException {@code EPIPE} or {@code ECONNRESET} when the peer has gone, {@code
   *     ETOOMANYREFS} when too many descriptors are in flight
   */
  void send(ByteBuffer bytes, OwnedFd... fds) throws HeapException;

  /**
   * Waits for bytes, and takes the descriptors that come with them, close-on-exec.
   *
   * @param into takes the bytes, from position to limit; the position moves
   * @param maxFds the most descriptors to take, 0 to {@link #MAX_FDS}
   * @param timeoutMillis how long at most, in milliseconds; 0 for no limit
   * @return the descriptors, to be closed by the caller, in the order of sending, often none;
   *     {@code null} at the end of the stream
   * @throws BufferClosedException when this socket is closed, also while waiting
   * @throws HeapException {@code ETIMEDOUT}; {@code ECONNRESET}; {@code EMSGSIZE} when more
   *     descriptors came than {@code maxFds} or than this process may open: all of them are closed
   *     then, and the bytes that came with them are lost
   */
  List<OwnedFd> receive(ByteBuffer into, int maxFds, long timeoutMillis) throws HeapException;

  /**
   * Sends what fits into the socket's buffer now, and descriptors with the first byte of it. The
   * descriptors have gone when a byte has; what is left is sent without them.
   *
   * @param bytes what to send, from position to limit, at least one byte; the position moves
   * @param fds the descriptors, at most {@link #MAX_FDS}
   * @return how many bytes went; 0 when there is no room, and no descriptor went then
   * @throws IllegalArgumentException when there are no bytes or too many descriptors
   * @throws BufferClosedException when this socket or one of the descriptors is closed
   * @throws HeapException as {@link #send}
   */
  int trySend(ByteBuffer bytes, OwnedFd... fds) throws HeapException;

  /**
   * Takes what is there, without waiting; otherwise as {@link #receive}.
   *
   * @param into takes the bytes, from position to limit; the position moves
   * @param maxFds the most descriptors to take, 0 to {@link #MAX_FDS}
   * @return the descriptors, to be closed by the caller, often none; the position of {@code into}
   *     tells whether there was something; {@code null} at the end of the stream
   * @throws BufferClosedException when this socket is closed
   * @throws HeapException {@code ECONNRESET}; {@code EMSGSIZE} as {@link #receive}
   */
  List<OwnedFd> tryReceive(ByteBuffer into, int maxFds) throws HeapException;

  /**
   * Returns the further groups of the process at the other end, as the kernel knew them at connect
   * ({@code SO_PEERGROUPS}).
   *
   * @return group ids, without the one in {@link #peer}; empty where the kernel doesn't tell
   * @throws BufferClosedException when this socket is closed
   * @throws HeapException when the system refuses
   */
  List<Integer> peerGroups() throws HeapException;

  /** Ends the connection, and wakes who waits on it. Never throws; a second call does nothing. */
  @Override
  void close();

  /**
   * The process at the other end of a Unix socket.
   *
   * @param pid its process id
   * @param uid its user id
   * @param gid its group id
   */
  record Peer(int pid, int uid, int gid) {}
}
