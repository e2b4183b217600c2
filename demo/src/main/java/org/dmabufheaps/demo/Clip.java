// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A clip of YUV 4:2:0 frames, read from the Y4M format (yuv4mpeg(5) of mjpegtools).
 *
 * <p>A frame is the Y plane, one byte per pixel, then U, then V, each with one byte per two by two
 * pixels, without padding.
 */
final class Clip implements Frames {
  /** The most that a header line may have, without its end, in bytes. */
  private static final int MAX_LINE = 255;

  private static final int MAX_SIDE = 4096;
  private static final long MAX_BYTES = 64L << 20;

  private final int width;
  private final int height;
  private final List<byte[]> frames;

  private Clip(int width, int height, List<byte[]> frames) {
    this.width = width;
    this.height = height;
    this.frames = frames;
  }

  /**
   * Reads the clip that comes with the demo. Each process reads its own.
   *
   * @return the clip
   * @throws IOException when the resource is missing or damaged
   */
  static Clip load() throws IOException {
    try (InputStream resource = Clip.class.getResourceAsStream("clip.y4m.gz")) {
      if (resource == null) {
        throw new IOException("the resource clip.y4m.gz is missing");
      }
      return read(new BufferedInputStream(new GZIPInputStream(resource)));
    }
  }

  /**
   * Reads a clip.
   *
   * @param in Y4M, to its end; the caller closes it
   * @return the clip, at least one frame
   * @throws IOException when it is no Y4M, not 4:2:0 progressive with 8 bits, has odd or no sides
   *     or sides over 4096, ends in a frame, has none, or has more than 64 MiB
   */
  static Clip read(InputStream in) throws IOException {
    String header = line(in);
    if (header == null || !header.startsWith("YUV4MPEG2 ")) {
      throw new IOException("no Y4M: starts with \"" + header + "\"");
    }
    int width = 0;
    int height = 0;
    for (String word : header.substring("YUV4MPEG2 ".length()).split(" ", -1)) {
      switch (word.isEmpty() ? ' ' : word.charAt(0)) {
        case 'W' -> width = side(word);
        case 'H' -> height = side(word);
        case 'C' -> require(word, "C420", "C420jpeg", "C420mpeg2", "C420paldv");
        case 'I' -> require(word, "Ip", "I?");
        case 'F', 'A', 'X' -> {}
        default -> throw new IOException("Y4M header with \"" + word + "\": " + header);
      }
    }
    if (width == 0 || height == 0) {
      throw new IOException("Y4M header without a width or height: " + header);
    }
    return new Clip(width, height, frames(in, frameBytes(width, height)));
  }

  private static void require(String word, String... accepted) throws IOException {
    if (!List.of(accepted).contains(word)) {
      throw new IOException(
          "Y4M with " + word + ", of which only " + List.of(accepted) + " is read");
    }
  }

  private static int side(String word) throws IOException {
    if (!word.matches("[WH][0-9]{1,4}")) {
      throw new IOException("Y4M header with \"" + word + "\", not a number of up to 4 digits");
    }
    int side = Integer.parseInt(word.substring(1));
    if (side < 2 || side > MAX_SIDE || side % 2 != 0) {
      throw new IOException("Y4M header with " + word + ", not even or not from 2 to " + MAX_SIDE);
    }
    return side;
  }

  private static List<byte[]> frames(InputStream in, int frameBytes) throws IOException {
    List<byte[]> frames = new ArrayList<>();
    for (String header = line(in); header != null; header = line(in)) {
      if (!header.equals("FRAME") && !header.startsWith("FRAME ")) {
        throw new IOException("Y4M frame " + frames.size() + " starts with \"" + header + "\"");
      }
      if ((frames.size() + 1L) * frameBytes > MAX_BYTES) {
        throw new IOException("Y4M with more than " + MAX_BYTES + " bytes of frames");
      }
      byte[] frame = in.readNBytes(frameBytes);
      if (frame.length < frameBytes) {
        throw new EOFException(
            "Y4M frame " + frames.size() + " ends after " + frame.length + " of " + frameBytes);
      }
      frames.add(frame);
    }
    if (frames.isEmpty()) {
      throw new EOFException("Y4M without a frame");
    }
    return List.copyOf(frames);
  }

  /** Returns a line without its end; null at the end of the file. */
  private static String line(InputStream in) throws IOException {
    byte[] line = new byte[MAX_LINE];
    int length = 0;
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 && length == 0) {
        return null;
      }
      if (next < ' ' || next > '~' || length == MAX_LINE) {
        throw new IOException("no Y4M: a header line that is cut off, too long or not text");
      }
      line[length++] = (byte) next;
    }
    return new String(line, 0, length, StandardCharsets.US_ASCII);
  }

  private static int frameBytes(int width, int height) {
    return width * height * 3 / 2;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  @Override
  public int pixels() {
    return width * height;
  }

  @Override
  public int frameBytes() {
    return frameBytes(width, height);
  }

  /** The frames; after the last one the clip starts anew. */
  int length() {
    return frames.size();
  }

  /** A frame, read-only; {@code number} counts on after the end of the clip. */
  ByteBuffer frame(int number) {
    return ByteBuffer.wrap(frames.get(number % frames.size())).asReadOnlyBuffer();
  }

  /**
   * Compares every pixel with a frame of this clip. A pixel differs when its Y, or the U or V that
   * it shares with its neighbours, does.
   *
   * @param shown at least {@link #frameBytes()} bytes, compared from index 0
   * @param number which frame it should be
   * @return how many pixels differ
   */
  @Override
  public int differingPixels(ByteBuffer shown, int number) {
    ByteBuffer expected = frame(number);
    if (shown.slice(0, frameBytes()).mismatch(expected) < 0) {
      return 0;
    }
    int differing = 0;
    for (int pixel = 0; pixel < pixels(); pixel++) {
      int u = pixels() + pixel / width / 2 * (width / 2) + pixel % width / 2;
      int v = u + pixels() / 4;
      if (shown.get(pixel) != expected.get(pixel)
          || shown.get(u) != expected.get(u)
          || shown.get(v) != expected.get(v)) {
        differing++;
      }
    }
    return differing;
  }

  @Override
  public void writePng(ByteBuffer shown, Path file) throws IOException {
    Png.write(width, height, (column, row) -> rgb(shown, column, row), file);
  }

  private int rgb(ByteBuffer frame, int column, int row) {
    int chroma = pixels() + row / 2 * (width / 2) + column / 2;
    return Png.rgb(
        frame.get(row * width + column), frame.get(chroma), frame.get(chroma + pixels() / 4));
  }
}
