// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YuyvTest {
  /** Two lines of four pixels, with four bytes to spare in each: white, black; red; blue, green. */
  private static final int[] FRAME = {
    235, 128, 16, 128, 81, 90, 81, 240, 1, 2, 3, 4, //
    41, 240, 41, 110, 145, 54, 145, 34, 5, 6, 7, 8
  };

  @Test
  void eachPixelHasItsOwnLumaAndItsPairsChroma() {
    assertEquals(0xffffff, rgb(0, 0));
    assertEquals(0x000000, rgb(1, 0));
    assertEquals(0xff0000, rgb(2, 0));
    assertEquals(0xff0000, rgb(3, 0));
    assertEquals(0x0000ff, rgb(0, 1));
    assertEquals(0x00ff01, rgb(3, 1));
  }

  @Test
  void levelsBeyondTheLimitedRangeAreCut() {
    assertEquals(0xffffff, Yuyv.rgb(255, 128, 128));
    assertEquals(0x000000, Yuyv.rgb(0, 128, 128));
    assertEquals(0x00ff00, Yuyv.rgb(255, 0, 0) & 0x00ff00);
  }

  @Test
  void aPictureHasEachPixelInItsPlace(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("frame.png");
    Yuyv.writePng(frame(), new Format(Format.YUYV, 4, 2, 12, 24), file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertEquals(4, image.getWidth());
    assertEquals(2, image.getHeight());
    for (int pixel = 0; pixel < 8; pixel++) {
      int column = pixel % 4;
      int row = pixel / 4;
      assertEquals(rgb(column, row), image.getRGB(column, row) & 0xffffff, column + "," + row);
    }
  }

  private static int rgb(int column, int row) {
    return Yuyv.rgb(frame(), 12, column, row);
  }

  private static ByteBuffer frame() {
    ByteBuffer frame = ByteBuffer.allocate(FRAME.length);
    for (int octet : FRAME) {
      frame.put((byte) octet);
    }
    return frame.flip();
  }
}
