// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import java.util.concurrent.CompletionStage;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A stream of frames to any number of {@code unixfdsrc} elements, which come and go. Thread-safe;
 * frames go in the order of publishing.
 */
@ProviderType
public interface FrameStream extends AutoCloseable {

  /**
   * Hands a frame to all clients that are connected. Never waits for a client: a frame that one is
   * too slow for is dropped for that client, and counted.
   *
   * <p>The frame's memory must not be written to until it is back. The result is completed when
   * every client that got the frame has given it back or is gone; at once when there is no client.
   * What depends on it runs in the thread that serves this bundle's streams, and must return
   * quickly, or be given to another by {@code …Async}. It is never completed exceptionally.
   *
   * @param frame what to hand over; descriptors in it stay the caller's
   * @return completed when the frame is back
   * @throws IllegalArgumentException when a memory reaches beyond its buffer, or dma-bufs and other
   *     memory are in one frame
   * @throws BufferClosedException when the stream or a buffer is closed
   * @throws HeapException {@code EMFILE}; {@code ENOTSUP} when the buffer's heap exports nothing
   */
  CompletionStage<Delivery> publish(Frame frame) throws HeapException;

  /**
   * Changes what the frames are, from the next one that is published on.
   *
   * @param caps as {@link FrameStreams#open}
   * @throws IllegalArgumentException when the caps are too long or empty
   * @throws BufferClosedException when the stream is closed
   */
  void caps(String caps);

  /**
   * Tells what has happened.
   *
   * @return the numbers as they are now
   */
  StreamStats stats();

  /**
   * Ends the stream. The socket's file is removed, clients are sent what waits for them and the end
   * of the stream. Returns at once: the clients have two seconds to give back what they have, then
   * the connections are closed, and all frames are back. Never throws; a second call does nothing.
   */
  @Override
  void close();
}
