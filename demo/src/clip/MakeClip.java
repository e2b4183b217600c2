// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/**
 * Draws the test clip: {@code java MakeClip.java OUT.y4m.gz}. Colour bars, a grey ramp that
 * scrolls, a field of colours that turns, a ball that bounces, and the frame's number. Integers
 * only, so that every machine draws the same bytes. Y4M, 4:2:0, BT.601 with limited range.
 */
public final class MakeClip {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 180;
  private static final int FRAMES = 60;
  private static final int BARS_END = 108;
  private static final int RAMP_END = 132;
  private static final int RADIUS = 18;

  /** White, yellow, cyan, green, magenta, red, blue at 75 %, as Y, U, V of BT.601. */
  private static final int[][] BARS = {
    {180, 128, 128},
    {162, 44, 142},
    {131, 156, 44},
    {112, 72, 58},
    {84, 184, 198},
    {65, 100, 212},
    {35, 212, 114}
  };

  /** Five rows of three points for each digit, the top row in the highest bits. */
  private static final int[] DIGITS = {
    0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111,
    0b101_101_111_001_001, 0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_010_010_010,
    0b111_101_111_101_111, 0b111_101_111_001_111
  };

  private final byte[] y = new byte[WIDTH * HEIGHT];
  private final byte[] u = new byte[WIDTH * HEIGHT / 4];
  private final byte[] v = new byte[WIDTH * HEIGHT / 4];

  private MakeClip() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("usage: java MakeClip.java OUT.y4m.gz");
      System.exit(2);
    }
    MakeClip picture = new MakeClip();
    try (OutputStream out =
        new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(Path.of(args[0]))))) {
      out.write(
          ascii("YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n", WIDTH, HEIGHT));
      for (int frame = 0; frame < FRAMES; frame++) {
        picture.draw(frame);
        out.write(ascii("FRAME\n"));
        out.write(picture.y);
        out.write(picture.u);
        out.write(picture.v);
      }
    }
  }

  private static byte[] ascii(String format, Object... values) {
    return String.format(format, values).getBytes(StandardCharsets.US_ASCII);
  }

  private void draw(int frame) {
    for (int row = 0; row < HEIGHT; row++) {
      for (int column = 0; column < WIDTH; column++) {
        background(frame, column, row);
      }
    }
    ball(frame);
    number(frame);
  }

  private void background(int frame, int x, int row) {
    if (row < BARS_END) {
      int[] bar = BARS[x * BARS.length / WIDTH];
      set(x, row, bar[0], bar[1], bar[2]);
    } else if (row < RAMP_END) {
      set(x, row, 16 + triangle(x + frame * 4, WIDTH) * 219 / (WIDTH / 2), 128, 128);
    } else {
      int turn = frame * 256 / FRAMES;
      set(x, row, 112 + (row - RAMP_END), wheel(x + turn * 2), wheel(x / 2 + turn + 64));
    }
  }

  /** Rises from 0 to half the period, and falls again. */
  private static int triangle(int at, int period) {
    int phase = Math.floorMod(at, period);
    return Math.min(phase, period - phase);
  }

  private static int wheel(int at) {
    return 64 + triangle(at, 256);
  }

  /** A lit ball that goes to and fro once in the clip and bounces three times. */
  private void ball(int frame) {
    int step = FRAMES / 3;
    int t = frame % step;
    int path = WIDTH - 2 * RADIUS;
    int centreX = RADIUS + triangle(2 * frame + 45, 2 * FRAMES) * path / FRAMES;
    int centreY = HEIGHT - RADIUS - 4 * (HEIGHT - 3 * RADIUS) * t * (step - t) / (step * step);
    for (int dy = -RADIUS; dy <= RADIUS; dy++) {
      for (int dx = -RADIUS; dx <= RADIUS; dx++) {
        if (dx * dx + dy * dy <= RADIUS * RADIUS) {
          int lightX = dx + RADIUS / 3;
          int lightY = dy + RADIUS / 3;
          int luma = 215 - (lightX * lightX + lightY * lightY) * 150 / (2 * RADIUS * RADIUS);
          set(centreX + dx, centreY + dy, luma, 90, 175);
        }
      }
    }
  }

  /** The frame's number, two digits on a black plate. */
  private void number(int frame) {
    fill(12, 12, 60, 48, 16);
    digit(frame / 10, 18, 18);
    digit(frame % 10, 46, 18);
  }

  private void digit(int digit, int left, int top) {
    int point = 7;
    for (int bit = 0; bit < 15; bit++) {
      if ((DIGITS[digit] >> (14 - bit) & 1) == 1) {
        fill(left + bit % 3 * point, top + bit / 3 * point, point - 1, point - 1, 235);
      }
    }
  }

  private void fill(int left, int top, int width, int height, int luma) {
    for (int row = top; row < top + height; row++) {
      for (int column = left; column < left + width; column++) {
        set(column, row, luma, 128, 128);
      }
    }
  }

  private void set(int x, int row, int luma, int blue, int red) {
    if (x < 0 || x >= WIDTH || row < 0 || row >= HEIGHT) {
      return;
    }
    y[row * WIDTH + x] = (byte) luma;
    int chroma = row / 2 * (WIDTH / 2) + x / 2;
    u[chroma] = (byte) blue;
    v[chroma] = (byte) red;
  }
}
