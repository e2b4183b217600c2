// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import java.util.List;

/**
 * Where a frame's planes and lines are, when that doesn't follow from the caps. It goes with the
 * frame as a {@code GstVideoMeta}.
 *
 * @param fourcc the pixel format by its code in {@code drm_fourcc.h}, or 0 for what the caps call
 *     {@code DMA_DRM}
 * @param width in pixels
 * @param height in lines
 * @param planes 1 to 4
 */
public record VideoLayout(int fourcc, int width, int height, List<Plane> planes) {
  private static final int MAX_PLANES = 4;

  /**
   * Checks the numbers and the format.
   *
   * @param fourcc as above
   * @param width as above
   * @param height as above
   * @param planes as above
   */
  public VideoLayout {
    planes = List.copyOf(planes);
    if (width < 1 || height < 1 || planes.isEmpty() || planes.size() > MAX_PLANES) {
      throw new IllegalArgumentException(
          "a layout of " + width + " x " + height + " in " + planes.size() + " planes");
    }
    if (fourcc != 0) {
      VideoFormat.of(fourcc);
    }
  }

  /**
   * A plane.
   *
   * @param offset of its first byte, in bytes from the start of the frame, which is the start of
   *     its first memory
   * @param stride from one line to the next, in bytes
   */
  public record Plane(long offset, int stride) {
    /**
     * Checks the offset.
     *
     * @param offset as above
     * @param stride as above
     */
    public Plane {
      if (offset < 0) {
        throw new IllegalArgumentException("a plane at offset " + offset);
      }
    }
  }
}
