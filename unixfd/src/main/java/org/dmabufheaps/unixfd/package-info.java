// SPDX-License-Identifier: Apache-2.0
/**
 * Streams of frames between Java bundles and GStreamer, without a copy: the protocol of its
 * elements {@code unixfdsrc} and {@code unixfdsink} (GStreamer 1.24 and later).
 *
 * <p>A bundle that calls this package imports {@code org.dmabufheaps.unixfd;version="[1.0,2)"}.
 *
 * <pre>{@code
 * @Reference
 * FrameStreams streams;
 *
 * String caps = VideoCaps.raw(VideoCaps.fourcc("XR24"), 1920, 1080, 30, 1);
 * try (FrameStream stream = streams.open(Path.of("/run/camera/frames"), caps)) {
 *   stream
 *       .publish(Frame.of(buffer, 1920 * 1080 * 4, System.nanoTime(), 33_333_333))
 *       .thenRun(() -> free.add(buffer));
 * }
 * }</pre>
 *
 * <pre>{@code
 * gst-launch-1.0 unixfdsrc socket-path=/run/camera/frames ! videoconvert ! autovideosink
 * }</pre>
 */
@Export
@Version("1.0.0")
package org.dmabufheaps.unixfd;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
