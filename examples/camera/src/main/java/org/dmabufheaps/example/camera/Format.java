// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import java.nio.charset.StandardCharsets;

/**
 * What a camera's frames look like.
 *
 * @param fourcc the layout of a pixel, {@code V4L2_PIX_FMT_*} of {@code videodev2.h}
 * @param width in pixels
 * @param height in pixels
 * @param bytesPerLine from a pixel to the one below it
 * @param bytes of a frame: what a buffer must have at least
 */
public record Format(int fourcc, int width, int height, int bytesPerLine, int bytes) {
  /** Two pixels in four bytes, Y0 U Y1 V: {@code V4L2_PIX_FMT_YUYV}. */
  public static final int YUYV = fourcc("YUYV");

  /**
   * Blue, green, red and a byte to spare: {@code V4L2_PIX_FMT_XBGR32}, which DRM calls {@code
   * DRM_FORMAT_XRGB8888}.
   */
  public static final int XR24 = fourcc("XR24");

  private static int fourcc(String name) {
    byte[] c = name.getBytes(StandardCharsets.US_ASCII);
    return c[0] | c[1] << 8 | c[2] << 16 | c[3] << 24;
  }

  @Override
  public String toString() {
    byte[] name = {
      (byte) fourcc, (byte) (fourcc >> 8), (byte) (fourcc >> 16), (byte) (fourcc >> 24)
    };
    return width + "x" + height + " " + new String(name, StandardCharsets.US_ASCII);
  }
}
