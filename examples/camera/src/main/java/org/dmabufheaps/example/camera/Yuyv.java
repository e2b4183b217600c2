// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * Turns a frame of YUYV into RGB: two pixels in four bytes, Y0 U Y1 V, of ITU-R BT.601 with limited
 * range, which is what V4L2 means by {@code V4L2_PIX_FMT_YUYV} with {@code V4L2_COLORSPACE_SRGB}.
 */
public final class Yuyv {
  private Yuyv() {}

  /**
   * Writes a frame as PNG.
   *
   * @param frame its bytes, from index 0
   * @param format of the frame, with {@link Format#YUYV}
   * @param file where to; overwritten
   * @throws IOException when the file can't be written
   */
  public static void writePng(ByteBuffer frame, Format format, Path file) throws IOException {
    ImageIO.setUseCache(false);
    int width = format.width();
    BufferedImage image = new BufferedImage(width, format.height(), BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < format.height(); row++) {
      for (int column = 0; column < width; column++) {
        image.setRGB(column, row, rgb(frame, format.bytesPerLine(), column, row));
      }
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      if (!ImageIO.write(image, "png", out)) {
        throw new IOException("this Java runtime has no PNG writer");
      }
    }
  }

  /**
   * Converts a pixel.
   *
   * @param frame its bytes, from index 0
   * @param bytesPerLine from a pixel to the one below it
   * @param column from 0
   * @param row from 0
   * @return 0xRRGGBB
   */
  public static int rgb(ByteBuffer frame, int bytesPerLine, int column, int row) {
    int pair = row * bytesPerLine + (column & ~1) * 2;
    return rgb(
        octet(frame, pair + (column & 1) * 2), octet(frame, pair + 1), octet(frame, pair + 3));
  }

  private static int octet(ByteBuffer frame, int index) {
    return frame.get(index) & 0xff;
  }

  /** BT.601 with limited range, in 8-bit fixed point. */
  static int rgb(int y, int u, int v) {
    int luma = 298 * (y - 16) + 128;
    int blue = u - 128;
    int red = v - 128;
    return level(luma + 409 * red) << 16
        | level(luma - 100 * blue - 208 * red) << 8
        | level(luma + 516 * blue);
  }

  private static int level(int fixedPoint) {
    return Math.max(0, Math.min(255, fixedPoint >> 8));
  }
}
