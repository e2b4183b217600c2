// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Waits for many sockets at once ({@code poll(2)}), in one thread, and is woken by others.
 *
 * <p>Thread-safe, but that one thread at a time waits. What is closed meanwhile wakes it.
 */
@ProviderType
public interface FdPoll extends AutoCloseable {

  /**
   * Adds a connection. Nothing is waited for until {@link Watched#want} says what, but the peer's
   * end always is.
   *
   * @param socket of this API; it stays the caller's
   * @param key what {@link Watched#key} returns
   * @return what to set and to ask; to be closed before or after the socket
   * @throws IllegalArgumentException when {@code socket} is not of this API
   * @throws BufferClosedException when this is closed
   */
  Watched watch(FdSocket socket, Object key);

  /**
   * Adds a listener, which is readable when somebody wants to connect.
   *
   * @param listener of this API; it stays the caller's
   * @param key what {@link Watched#key} returns
   * @return what to set and to ask; to be closed before or after the listener
   * @throws IllegalArgumentException when {@code listener} is not of this API
   * @throws BufferClosedException when this is closed
   */
  Watched watch(FdListener listener, Object key);

  /**
   * Waits until something is there, or {@link #wake} was called.
   *
   * @param timeoutMillis how long at most, in milliseconds; 0 for no limit
   * @return what is ready; empty when woken or when the time is over
   * @throws IllegalStateException when another thread is waiting
   * @throws BufferClosedException when this is closed, also while waiting
   * @throws HeapException {@code ENOMEM}; {@code EINVAL} for more sockets than this process may
   *     open
   */
  List<Watched> await(long timeoutMillis) throws HeapException;

  /** Lets the thread that waits return, or the next one that would wait. Never throws. */
  void wake();

  /** Ends the waiting. The sockets stay open. Never throws; a second call does nothing. */
  @Override
  void close();

  /** A socket that is waited for. */
  @ProviderType
  interface Watched extends AutoCloseable {

    /**
     * Returns what it was added with.
     *
     * @return the key
     */
    Object key();

    /**
     * Sets what is waited for, from the next {@link FdPoll#await} on.
     *
     * @param read bytes, the end of the stream, or a connection
     * @param write room in the socket's buffer
     */
    void want(boolean read, boolean write);

    /**
     * Tells what the last {@link FdPoll#await} found.
     *
     * @return whether there is something to receive or accept, be it the end of the stream
     */
    boolean readable();

    /**
     * Tells what the last {@link FdPoll#await} found.
     *
     * @return whether there is room to send
     */
    boolean writable();

    /**
     * Tells what the last {@link FdPoll#await} found.
     *
     * @return whether the connection is over in both directions: the peer closed it, or has ended,
     *     or the socket was closed here
     */
    boolean hungUp();

    /** Ends the waiting for this socket. Never throws; a second call does nothing. */
    @Override
    void close();
  }
}
