// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PngTest {

  /** The corners of the RGB cube in BT.601, limited range, as any table of colour bars has them. */
  @ParameterizedTest
  @CsvSource({
    "16, 128, 128, 000000", "235, 128, 128, ffffff", "126, 128, 128, 808080",
    "81, 90, 240, ff0000", "145, 54, 34, 00ff00", "41, 240, 110, 0000ff",
    "0, 128, 128, 000000", "255, 128, 128, ffffff"
  })
  void coloursAreThoseOfBt601(int y, int u, int v, String expected) {
    int wanted = Integer.parseInt(expected, 16);
    int rgb = Png.rgb((byte) y, (byte) u, (byte) v);
    for (int shift = 0; shift <= 16; shift += 8) {
      int off = Math.abs((rgb >> shift & 0xff) - (wanted >> shift & 0xff));
      assertTrue(off <= 1, () -> String.format("%06x, not %06x", rgb, wanted));
    }
  }

  @Test
  void thePictureReadBackHasEveryPixelOfTheFrame(@TempDir Path directory) throws IOException {
    Clip clip = Clip.load();
    Path file = directory.resolve("frame.png");
    clip.writePng(clip.frame(17), file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertEquals(clip.width(), image.getWidth());
    assertEquals(clip.height(), image.getHeight());
    int quarter = clip.pixels() / 4;
    for (int y = 0; y < clip.height(); y++) {
      for (int x = 0; x < clip.width(); x++) {
        int chroma = clip.pixels() + (y / 2) * (clip.width() / 2) + x / 2;
        int wanted =
            Png.rgb(
                clip.frame(17).get(y * clip.width() + x),
                clip.frame(17).get(chroma),
                clip.frame(17).get(chroma + quarter));
        assertEquals(wanted, image.getRGB(x, y) & 0xffffff, "pixel " + x + ", " + y);
      }
    }
  }

  @Test
  void aWhiteBarIsWhiteInThePicture(@TempDir Path directory) throws IOException {
    Clip clip = Clip.load();
    Path file = directory.resolve("frame.png");
    clip.writePng(clip.frame(0), file);
    assertEquals(0xbfbfbf, ImageIO.read(file.toFile()).getRGB(4, 4) & 0xffffff);
  }
}
