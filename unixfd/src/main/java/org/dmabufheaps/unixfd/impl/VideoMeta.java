// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dmabufheaps.unixfd.VideoFormat;
import org.dmabufheaps.unixfd.VideoLayout;

/**
 * A {@code GstVideoMeta} as {@code gst_meta_serialize()} writes it, little-endian: {@code u32}
 * bytes of all, {@code u32} length of the name, the name, NUL, {@code u8} version; then {@code u32
 * flags, format, width, height, n_planes}, an {@code u64} offset for each plane, an {@code i32}
 * stride for each, {@code u32} padding at the four sides, and an {@code u32} alignment for each.
 */
final class VideoMeta {
  private static final byte[] NAME = "GstVideoMeta".getBytes(StandardCharsets.US_ASCII);
  private static final int NAME_AT = 8;
  private static final int FIXED_BYTES = 5 * Integer.BYTES;
  private static final int PADDING_BYTES = 4 * Integer.BYTES;
  private static final int PLANE_BYTES = Long.BYTES + 2 * Integer.BYTES;
  private static final int FORMAT_DMA_DRM = 114;
  private static final int MAX_PLANES = 4;

  private VideoMeta() {}

  static int bytes(VideoLayout layout) {
    return NAME_AT
        + NAME.length
        + 2
        + FIXED_BYTES
        + PADDING_BYTES
        + layout.planes().size() * PLANE_BYTES;
  }

  static void put(VideoLayout layout, ByteBuffer into) {
    int format =
        layout.fourcc() == 0 ? FORMAT_DMA_DRM : VideoFormat.of(layout.fourcc()).gstNumber();
    ByteBuffer out = ByteBuffer.allocate(bytes(layout)).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(out.capacity()).putInt(NAME.length).put(NAME).putShort((short) 0);
    out.putInt(0).putInt(format).putInt(layout.width()).putInt(layout.height());
    out.putInt(layout.planes().size());
    layout.planes().forEach(plane -> out.putLong(plane.offset()));
    layout.planes().forEach(plane -> out.putInt(plane.stride()));
    into.put(out.clear());
  }

  /**
   * Looks for a video meta among others.
   *
   * @param payload of a new-buffer command
   * @param from where the metas begin
   * @param count how many there are
   * @return the first video meta that says something that a layout can; {@code null} without
   * @throws ProtocolException when the metas are not within the payload
   */
  static VideoLayout find(ByteBuffer payload, int from, int count) throws ProtocolException {
    ByteBuffer in = payload.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int at = from;
    VideoLayout found = null;
    for (int i = 0; i < count; i++) {
      int left = in.limit() - at;
      int bytes = left < NAME_AT ? -1 : in.getInt(at);
      if (bytes < NAME_AT || bytes > left) {
        throw new ProtocolException("meta " + i + " of " + bytes + " bytes, " + left + " are left");
      }
      if (found == null) {
        found = layout(in.slice(at, bytes).order(ByteOrder.LITTLE_ENDIAN));
      }
      at += bytes;
    }
    return found;
  }

  private static VideoLayout layout(ByteBuffer meta) {
    int data = NAME_AT + NAME.length + 2;
    if (meta.capacity() < data + FIXED_BYTES || !isVideo(meta)) {
      return null;
    }
    VideoFormat format = format(meta.getInt(data + Integer.BYTES));
    int width = meta.getInt(data + 2 * Integer.BYTES);
    int height = meta.getInt(data + 3 * Integer.BYTES);
    int count = meta.getInt(data + 4 * Integer.BYTES);
    if (format == null || width < 1 || height < 1 || count < 1 || count > MAX_PLANES) {
      return null;
    }
    int offsets = data + FIXED_BYTES;
    int strides = offsets + count * Long.BYTES;
    if (meta.capacity() < strides + count * Integer.BYTES) {
      return null;
    }
    List<VideoLayout.Plane> planes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long offset = meta.getLong(offsets + i * Long.BYTES);
      if (offset < 0) {
        return null;
      }
      planes.add(new VideoLayout.Plane(offset, meta.getInt(strides + i * Integer.BYTES)));
    }
    return new VideoLayout(format.fourcc(), width, height, planes);
  }

  private static boolean isVideo(ByteBuffer meta) {
    byte[] name = new byte[NAME.length];
    meta.get(NAME_AT, name);
    return meta.getInt(Integer.BYTES) == NAME.length
        && Arrays.equals(name, NAME)
        && meta.getShort(NAME_AT + NAME.length) == 0;
  }

  private static VideoFormat format(int gstNumber) {
    for (VideoFormat format : VideoFormat.values()) {
      if (format.gstNumber() == gstNumber) {
        return format;
      }
    }
    return null;
  }
}
