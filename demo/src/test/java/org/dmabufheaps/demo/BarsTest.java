// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BarsTest {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;

  /** Y, U and V of each bar as vivid makes them: BT.601, limited range. */
  private static final int[][] YUV = {
    {180, 128, 128}, {161, 44, 142}, {131, 156, 44}, {112, 72, 58},
    {83, 184, 198}, {65, 100, 212}, {34, 212, 114}, {16, 128, 128}
  };

  private final Bars bars = new Bars();

  /** A frame with its number in the first pixel, where vivid has its text. */
  private static ByteBuffer frame(int number) {
    ByteBuffer frame = ByteBuffer.allocate(WIDTH * HEIGHT * 2 + Long.BYTES);
    for (int pair = 0; pair < WIDTH * HEIGHT / 2; pair++) {
      int[] yuv = YUV[pair * 2 % WIDTH * 8 / WIDTH];
      frame.put((byte) yuv[0]).put((byte) yuv[1]).put((byte) yuv[0]).put((byte) yuv[2]);
    }
    return frame.put(0, (byte) number).rewind();
  }

  @Test
  void eachNewFrameWithTheBarsIsRight() {
    for (int number = 0; number < 3; number++) {
      assertEquals(0, bars.differingPixels(frame(number), number));
    }
  }

  @Test
  void theLastFrameMayBeLookedAtAgainButMustBeTheSame() {
    assertEquals(0, bars.differingPixels(frame(7), 7));
    assertEquals(0, bars.differingPixels(frame(7), 7));
    assertEquals(160 * WIDTH, bars.differingPixels(frame(8), 7));
  }

  @Test
  void aFrameLikeTheOneBeforeIsNoFrame() {
    assertEquals(0, bars.differingPixels(frame(1), 1));
    assertEquals(160 * WIDTH, bars.differingPixels(frame(1), 2));
  }

  @Test
  void everyPixelOfTheBarsCounts() {
    ByteBuffer frame = frame(0);
    frame.put((200 * WIDTH + 10) * 2, (byte) 100);
    frame.put((359 * WIDTH + 639) * 2, (byte) 100);
    assertEquals(2, bars.differingPixels(frame, 0));
    assertEquals(160 * WIDTH, new Bars().differingPixels(ByteBuffer.allocate(frame.capacity()), 0));
  }

  @Test
  void thePictureHasTheBars(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("bars.png");
    bars.writePng(frame(0), file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertEquals(WIDTH, image.getWidth());
    assertEquals(HEIGHT, image.getHeight());
    assertEquals(0xbf0000, image.getRGB(440, 300) & 0xff0000);
    assertEquals(0x000000, image.getRGB(600, 300) & 0xffffff);
  }
}
