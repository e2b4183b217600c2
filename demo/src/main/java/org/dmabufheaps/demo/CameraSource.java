// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.example.camera.Camera;
import org.dmabufheaps.example.camera.Capture;
import org.dmabufheaps.example.camera.Format;

/** A camera, which writes its frames itself: vivid, the kernel's virtual one. */
final class CameraSource implements FrameSource {
  private static final int FRAME_MILLIS = 10_000;

  private final Camera camera;
  private final Bars bars = new Bars();
  private Capture capture;

  private CameraSource(Camera camera) {
    this.camera = camera;
  }

  /**
   * Opens the camera.
   *
   * @throws IOException when there is none, or the bundle of the example is missing
   */
  static CameraSource open() throws IOException {
    Camera camera;
    try {
      camera = Camera.open("vivid");
    } catch (LinkageError e) {
      throw new IOException("source=camera needs the bundle example-camera: " + e, e);
    }
    CameraSource source = new CameraSource(camera);
    boolean ready = false;
    try {
      Format format = camera.format(Format.YUYV, Bars.WIDTH, Bars.HEIGHT);
      if (format.bytes() != source.bars.frameBytes()) {
        throw new IOException(camera + " has frames of " + format.bytes() + " bytes");
      }
      ready = true;
      return source;
    } finally {
      if (!ready) {
        source.close();
      }
    }
  }

  @Override
  public Frames frames() {
    return bars;
  }

  @Override
  public String device() {
    return camera.toString();
  }

  @Override
  public void begin(Ring ring) throws IOException {
    capture = camera.capture(ring.handles());
  }

  @Override
  public int next(Ring ring, int frame) throws IOException {
    return capture.next(FRAME_MILLIS).index();
  }

  @Override
  public void checked(int slot) throws IOException {
    capture.queue(slot);
  }

  @Override
  public void heapGone(DemoReport report) {
    try {
      report.deviates("%s captures without a heap: %s", camera, capture.next(FRAME_MILLIS));
    } catch (HeapException e) {
      if (!Errno.ENODEV.is(e)) {
        report.deviates("%s without a heap: %s", camera, e.getMessage());
      }
    }
  }

  @Override
  public void end() {
    if (capture != null) {
      capture.close();
      capture = null;
    }
  }

  @Override
  public void close() {
    end();
    camera.close();
  }
}
