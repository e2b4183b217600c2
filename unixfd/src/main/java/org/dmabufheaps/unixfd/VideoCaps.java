// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

import java.util.Locale;

/** Writes caps for video, from the kernel's names of formats ({@code drm_fourcc.h}). */
public final class VideoCaps {
  /** Lines one after the other ({@code DRM_FORMAT_MOD_LINEAR}). */
  public static final long LINEAR = 0;

  private static final int CODE_LENGTH = 4;

  private VideoCaps() {}

  /**
   * Returns a format's code.
   *
   * @param name its four characters, such as {@code XR24} or {@code NV12}
   * @return as {@code fourcc_code()} makes it
   * @throws IllegalArgumentException when these are not four printable characters of ASCII
   */
  public static int fourcc(String name) {
    if (name.length() != CODE_LENGTH || !name.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new IllegalArgumentException("\"" + name + "\" is no code of four characters");
    }
    return name.charAt(0) | name.charAt(1) << 8 | name.charAt(2) << 16 | name.charAt(3) << 24;
  }

  /**
   * Returns a format's name.
   *
   * @param fourcc its code
   * @return four characters
   */
  static String text(int fourcc) {
    StringBuilder text = new StringBuilder(CODE_LENGTH);
    for (int i = 0; i < CODE_LENGTH; i++) {
      int c = (fourcc >>> (8 * i)) & 0xff;
      text.append(c >= ' ' && c <= '~' ? (char) c : '?');
    }
    return text.toString();
  }

  /**
   * Writes caps for frames that a CPU may read: linear, in memory of any kind.
   *
   * @param fourcc the format, one of {@link VideoFormat}
   * @param width in pixels
   * @param height in lines
   * @param frames so many frames …
   * @param seconds … in so many seconds; 0 frames in 1 second where there is no rate
   * @return caps such as {@code video/x-raw, format=(string)BGRx, …}
   * @throws IllegalArgumentException when the format has no name in GStreamer, or a number is not
   *     positive
   */
  public static String raw(int fourcc, int width, int height, int frames, int seconds) {
    return "video/x-raw, format=(string)"
        + VideoFormat.of(fourcc).gstName()
        + size(width, height, frames, seconds);
  }

  /**
   * Writes caps for dma-bufs of any format and modifier, for elements that know what to do with
   * them ({@code memory:DMABuf}, {@code DMA_DRM}).
   *
   * @param fourcc the format's code
   * @param modifier how the pixels are laid out, such as {@link #LINEAR}
   * @param width in pixels
   * @param height in lines
   * @param frames so many frames …
   * @param seconds … in so many seconds; 0 frames in 1 second where there is no rate
   * @return caps such as {@code video/x-raw(memory:DMABuf), format=(string)DMA_DRM,
   *     drm-format=(string)NV12:0x0100000000000002, …}
   * @throws IllegalArgumentException when the code has characters that are not printable, or a
   *     number is not positive
   */
  public static String dmaBuf(
      int fourcc, long modifier, int width, int height, int frames, int seconds) {
    String format = text(fourcc);
    if (fourcc(format) != fourcc || format.indexOf('"') >= 0 || format.indexOf('\\') >= 0) {
      throw new IllegalArgumentException("pixel format " + Integer.toHexString(fourcc));
    }
    String drm =
        modifier == LINEAR ? format : format + String.format(Locale.ROOT, ":0x%016x", modifier);
    return "video/x-raw(memory:DMABuf), format=(string)DMA_DRM, drm-format=(string)\""
        + drm
        + "\""
        + size(width, height, frames, seconds);
  }

  private static String size(int width, int height, int frames, int seconds) {
    if (width < 1 || height < 1 || frames < 0 || seconds < 1) {
      throw new IllegalArgumentException(
          "video of " + width + " x " + height + ", " + frames + "/" + seconds + " per second");
    }
    return String.format(
        Locale.ROOT,
        ", width=(int)%d, height=(int)%d, framerate=(fraction)%d/%d",
        width,
        height,
        frames,
        seconds);
  }
}
