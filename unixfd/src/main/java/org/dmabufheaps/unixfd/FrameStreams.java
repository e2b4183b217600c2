// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import java.nio.file.Path;
import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Opens streams of frames to GStreamer and from it.
 *
 * <p>A service of bundle scope: what a bundle opens belongs to that bundle. It is closed when the
 * bundle gives the service back, and at the latest when it has stopped. Each bundle that has
 * something open has one thread, which waits for all of its peers. Thread-safe.
 */
@ProviderType
public interface FrameStreams {

  /**
   * Opens a stream for this user's programs, with the default limits.
   *
   * @param socket where {@code unixfdsrc} connects, at most 107 bytes; nothing may be there yet
   * @param caps what the frames are, as {@code gst_caps_from_string()} reads it; see {@link
   *     VideoCaps}
   * @return a stream without clients, to be closed by the caller
   * @throws IllegalArgumentException when the path or the caps are too long, or the caps empty
   * @throws HeapException {@code EADDRINUSE} when there is a file, {@code EACCES}, {@code ENOENT},
   *     {@code EMFILE}
   */
  FrameStream open(Path socket, String caps) throws HeapException;

  /**
   * Opens a stream.
   *
   * @param socket where {@code unixfdsrc} connects, at most 107 bytes; absolute when others than
   *     this user are let in
   * @param caps as {@link #open(Path, String)}
   * @param options who may connect, and how much each client may hold
   * @return a stream without clients, to be closed by the caller
   * @throws IllegalArgumentException as {@link #open(Path, String)}
   * @throws HeapException as {@link #open(Path, String)}, and as {@link
   *     org.dmabufheaps.FdSockets#listen(Path, int, String)} when others are let in
   */
  FrameStream open(Path socket, String caps, StreamOptions options) throws HeapException;

  /**
   * Connects to a {@code unixfdsink}, or to another bundle's {@link FrameStream}.
   *
   * @param socket its path, at most 107 bytes
   * @param queueFrames how many frames wait here for {@link FrameReceiver#receive} at most, 1 to
   *     1024; when one more comes, the oldest is given back unseen
   * @return a receiver, to be closed by the caller
   * @throws IllegalArgumentException for the path or {@code queueFrames}
   * @throws HeapException {@code ENOENT}, {@code ECONNREFUSED}, {@code EACCES}, {@code EMFILE}
   */
  FrameReceiver connect(Path socket, int queueFrames) throws HeapException;
}
