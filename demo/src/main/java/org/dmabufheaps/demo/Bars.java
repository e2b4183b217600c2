// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The frames of vivid: eight bars at three quarters of full level, with a clock and a count in the
 * upper left, in YUYV (two pixels in four bytes, Y0 U Y1 V).
 *
 * <p>What is known of a frame are the bars below the text, and that no two frames are the same.
 */
final class Bars implements Frames {
  static final int WIDTH = 640;
  static final int HEIGHT = 360;

  /** The first line below the text. */
  private static final int CLEAR = 200;

  /** White, yellow, cyan, green, magenta, red, blue, black: 75 % of each colour. */
  private static final int[] COLOURS = {
    0xbfbfbf, 0xbfbf00, 0x00bfbf, 0x00bf00, 0xbf00bf, 0xbf0000, 0x0000bf, 0x000000
  };

  /** What YUV with 8 bits may lose in each of red, green and blue. */
  private static final int TOLERANCE = 4;

  private int lastNumber = -1;
  private long lastSum;

  @Override
  public int pixels() {
    return WIDTH * (HEIGHT - CLEAR);
  }

  @Override
  public int frameBytes() {
    return WIDTH * HEIGHT * 2;
  }

  @Override
  public int differingPixels(ByteBuffer shown, int number) {
    CRC32C crc = new CRC32C();
    crc.update(shown.slice(0, frameBytes()));
    boolean first = lastNumber < 0;
    boolean again = number == lastNumber;
    boolean same = crc.getValue() == lastSum;
    lastNumber = number;
    lastSum = crc.getValue();
    return first || again == same ? differingBars(shown) : pixels();
  }

  private static int differingBars(ByteBuffer shown) {
    int differing = 0;
    for (int row = CLEAR; row < HEIGHT; row++) {
      for (int column = 0; column < WIDTH; column++) {
        int expected = COLOURS[column * COLOURS.length / WIDTH];
        differing += isNear(expected, rgb(shown, column, row)) ? 0 : 1;
      }
    }
    return differing;
  }

  private static boolean isNear(int expected, int rgb) {
    for (int shift = 0; shift <= 16; shift += 8) {
      if (Math.abs((expected >> shift & 0xff) - (rgb >> shift & 0xff)) > TOLERANCE) {
        return false;
      }
    }
    return true;
  }

  private static int rgb(ByteBuffer frame, int column, int row) {
    int pair = (row * WIDTH + (column & ~1)) * 2;
    return Png.rgb(frame.get(pair + (column & 1) * 2), frame.get(pair + 1), frame.get(pair + 3));
  }

  @Override
  public void writePng(ByteBuffer shown, Path file) throws IOException {
    Png.write(WIDTH, HEIGHT, (column, row) -> rgb(shown, column, row), file);
  }
}
