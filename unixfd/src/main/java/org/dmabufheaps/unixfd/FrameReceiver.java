// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A connection to a {@code unixfdsink}. What comes is taken at once, so that a slow bundle holds up
 * neither the pipeline nor its other readers. Thread-safe.
 */
@ProviderType
public interface FrameReceiver extends AutoCloseable {

  /**
   * Waits for a frame, and imports its buffers: dma-bufs, and memfds that carry {@code
   * F_SEAL_SHRINK}, as those of GStreamer's own allocator do. A frame in other memory is given back
   * and refused: its maker could truncate it and thereby end this process. The next call goes on
   * with the next frame.
   *
   * @param timeoutMillis how long at most, in milliseconds; 0 for no limit
   * @return the frame, to be closed by the caller; {@code null} at the end of the stream
   * @throws InterruptedException when the calling thread is interrupted
   * @throws BufferClosedException when this receiver is closed, also while waiting
   * @throws HeapException {@code ETIMEDOUT}; {@code ECONNRESET} when the connection broke or the
   *     peer sent what is not of the protocol; {@code EINVAL} when a memory is not sealed, is no
   *     buffer, or is smaller than the peer says; as {@link
   *     org.dmabufheaps.AllocationService#importFd(org.dmabufheaps.OwnedFd)}
   */
  ReceivedFrame receive(long timeoutMillis) throws HeapException, InterruptedException;

  /**
   * Tells how many frames were given back unseen because the queue was full.
   *
   * @return since connecting
   */
  long dropped();

  /**
   * Closes the connection. Frames that are open stay open; what is in them may be written over by
   * the peer from then on. Never throws; a second call does nothing.
   */
  @Override
  void close();
}
