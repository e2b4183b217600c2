// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Turns YUV (ITU-R BT.601, limited range) into a PNG file. */
final class Png {
  private Png() {}

  /** Tells the colour of a pixel. */
  interface Pixels {
    /** Returns 0xRRGGBB. */
    int rgb(int column, int row);
  }

  /**
   * Writes a picture.
   *
   * @param width in pixels
   * @param height in pixels
   * @param pixels tell its colours
   * @param file where to; overwritten
   * @throws IOException when the file can't be written
   */
  static void write(int width, int height, Pixels pixels, Path file) throws IOException {
    ImageIO.setUseCache(false);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        image.setRGB(column, row, pixels.rgb(column, row));
      }
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      if (!ImageIO.write(image, "png", out)) {
        throw new IOException("this Java runtime has no PNG writer");
      }
    }
  }

  /** BT.601 with limited range, in 8-bit fixed point. */
  static int rgb(byte y, byte u, byte v) {
    int luma = 298 * ((y & 0xff) - 16) + 128;
    int blue = (u & 0xff) - 128;
    int red = (v & 0xff) - 128;
    return level(luma + 409 * red) << 16
        | level(luma - 100 * blue - 208 * red) << 8
        | level(luma + 516 * blue);
  }

  private static int level(int fixedPoint) {
    return Math.max(0, Math.min(255, fixedPoint >> 8));
  }
}
