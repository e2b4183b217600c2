// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Turns a frame of YUV 4:2:0 (ITU-R BT.601, limited range) into a PNG file. */
final class Png {
  private Png() {}

  /**
   * Writes a frame.
   *
   * @param frame its bytes from index 0, as {@link Clip} lays them out
   * @param width in pixels, even
   * @param height in pixels, even
   * @param file where to; overwritten
   * @throws IOException when the file can't be written
   */
  static void write(ByteBuffer frame, int width, int height, Path file) throws IOException {
    ImageIO.setUseCache(false);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int pixels = width * height;
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        int chroma = pixels + row / 2 * (width / 2) + column / 2;
        image.setRGB(
            column,
            row,
            rgb(
                frame.get(row * width + column),
                frame.get(chroma),
                frame.get(chroma + pixels / 4)));
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
