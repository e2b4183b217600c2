// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

/**
 * Pixel formats by their two names: the code of {@code drm_fourcc.h}, which names the bytes from
 * the highest of a little-endian word, and GStreamer's name and number ({@code GstVideoFormat}).
 */
public enum VideoFormat {
  /** {@code DRM_FORMAT_XRGB8888}. */
  XR24("BGRx", 8),
  /** {@code DRM_FORMAT_ARGB8888}. */
  AR24("BGRA", 12),
  /** {@code DRM_FORMAT_XBGR8888}. */
  XB24("RGBx", 7),
  /** {@code DRM_FORMAT_ABGR8888}. */
  AB24("RGBA", 11),
  /** {@code DRM_FORMAT_BGRX8888}. */
  BX24("xRGB", 9),
  /** {@code DRM_FORMAT_BGRA8888}. */
  BA24("ARGB", 13),
  /** {@code DRM_FORMAT_RGBX8888}. */
  RX24("xBGR", 10),
  /** {@code DRM_FORMAT_RGBA8888}. */
  RA24("ABGR", 14),
  /** {@code DRM_FORMAT_RGB888}. */
  RG24("BGR", 16),
  /** {@code DRM_FORMAT_BGR888}. */
  BG24("RGB", 15),
  /** {@code DRM_FORMAT_RGB565}. */
  RG16("RGB16", 29),
  /** {@code DRM_FORMAT_NV12}. */
  NV12("NV12", 23),
  /** {@code DRM_FORMAT_NV21}. */
  NV21("NV21", 24),
  /** {@code DRM_FORMAT_NV16}. */
  NV16("NV16", 51),
  /** {@code DRM_FORMAT_NV24}. */
  NV24("NV24", 52),
  /** {@code DRM_FORMAT_YUV420}. */
  YU12("I420", 2),
  /** {@code DRM_FORMAT_YVU420}. */
  YV12("YV12", 3),
  /** {@code DRM_FORMAT_YUV422}. */
  YU16("Y42B", 18),
  /** {@code DRM_FORMAT_YUV444}. */
  YU24("Y444", 20),
  /** {@code DRM_FORMAT_YUYV}. */
  YUYV("YUY2", 4),
  /** {@code DRM_FORMAT_UYVY}. */
  UYVY("UYVY", 5),
  /** {@code DRM_FORMAT_YVYU}. */
  YVYU("YVYU", 19),
  /** {@code DRM_FORMAT_P010}. */
  P010("P010_10LE", 62);

  private final int fourcc;
  private final String gstName;
  private final int gstNumber;

  VideoFormat(String gstName, int gstNumber) {
    this.fourcc = VideoCaps.fourcc(name());
    this.gstName = gstName;
    this.gstNumber = gstNumber;
  }

  /**
   * Finds a format.
   *
   * @param fourcc its code in {@code drm_fourcc.h}
   * @return the format
   * @throws IllegalArgumentException when it is none of these
   */
  public static VideoFormat of(int fourcc) {
    for (VideoFormat format : values()) {
      if (format.fourcc == fourcc) {
        return format;
      }
    }
    throw new IllegalArgumentException(
        "GStreamer's name of pixel format " + VideoCaps.text(fourcc) + " is not known here");
  }

  /**
   * Returns the format's code.
   *
   * @return as in {@code drm_fourcc.h}
   */
  public int fourcc() {
    return fourcc;
  }

  /**
   * Returns GStreamer's name.
   *
   * @return as in caps
   */
  public String gstName() {
    return gstName;
  }

  /**
   * Returns GStreamer's number.
   *
   * @return of {@code GstVideoFormat}
   */
  public int gstNumber() {
    return gstNumber;
  }
}
