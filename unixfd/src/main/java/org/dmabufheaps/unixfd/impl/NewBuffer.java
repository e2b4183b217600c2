// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.VideoLayout;

/**
 * The payload of {@link Command#NEW_BUFFER}: {@code u64 id, pts, dts, duration, offset, offset_end;
 * u32 flags; u8 memory_type, n_memory; u16 n_meta}, then a size and an offset for each memory, then
 * metas as {@code gst_meta_serialize()} writes them.
 *
 * @param id comes back with {@link Command#RELEASE_BUFFER}
 * @param pts in nanoseconds of the monotonic clock, or {@link Frame#NO_TIME}
 * @param duration in nanoseconds, or {@link Frame#NO_TIME}
 * @param dmaBuf whether the memories are dma-bufs
 * @param memories 1 to {@link Frame#MAX_MEMORIES}
 * @param layout of a {@code GstVideoMeta}, or {@code null}
 */
record NewBuffer(
    long id, long pts, long duration, boolean dmaBuf, List<Memory> memories, VideoLayout layout) {
  private static final int STRUCT_BYTES = 56;
  private static final int MEMORY_BYTES = 16;
  private static final int PTS = 8;
  private static final int DURATION = 24;
  private static final int MEMORY_TYPE = 52;
  private static final int N_MEMORY = 53;
  private static final int N_META = 54;
  private static final long NONE = -1;

  /** A range of what a descriptor stands for. */
  record Memory(long size, long offset) {}

  /** Writes the whole command. */
  ByteBuffer command() {
    int metaBytes = layout == null ? 0 : VideoMeta.bytes(layout);
    ByteBuffer out =
        Command.begin(
            Command.NEW_BUFFER, STRUCT_BYTES + memories.size() * MEMORY_BYTES + metaBytes);
    // The id; pts, dts, duration; offset, offset_end; flags.
    out.putLong(id).putLong(pts).putLong(NONE).putLong(duration);
    out.putLong(NONE).putLong(NONE).putInt(0);
    out.put((byte) (dmaBuf ? 1 : 0)).put((byte) memories.size());
    out.putShort((short) (layout == null ? 0 : 1));
    memories.forEach(memory -> out.putLong(memory.size()).putLong(memory.offset()));
    if (layout != null) {
      VideoMeta.put(layout, out);
    }
    return out.flip();
  }

  /**
   * Reads a payload.
   *
   * @throws ProtocolException when it is not whole, or a number in it can't be
   */
  static NewBuffer of(ByteBuffer payload) throws ProtocolException {
    if (payload.limit() < STRUCT_BYTES) {
      throw new ProtocolException("new-buffer of " + payload.limit() + " bytes");
    }
    int type = payload.get(MEMORY_TYPE);
    int count = Byte.toUnsignedInt(payload.get(N_MEMORY));
    if (type < 0 || type > 1 || count < 1 || count > Frame.MAX_MEMORIES) {
      throw new ProtocolException("new-buffer of " + count + " memories of type " + type);
    }
    int end = STRUCT_BYTES + count * MEMORY_BYTES;
    if (payload.limit() < end) {
      throw new ProtocolException(
          "new-buffer of " + payload.limit() + " bytes with " + count + " memories");
    }
    int metas = Short.toUnsignedInt(payload.getShort(N_META));
    return new NewBuffer(
        payload.getLong(0),
        payload.getLong(PTS),
        payload.getLong(DURATION),
        type == 1,
        memories(payload, count),
        VideoMeta.find(payload, end, metas));
  }

  private static List<Memory> memories(ByteBuffer payload, int count) throws ProtocolException {
    List<Memory> memories = new ArrayList<>(count);
    for (int at = STRUCT_BYTES; at < STRUCT_BYTES + count * MEMORY_BYTES; at += MEMORY_BYTES) {
      long size = payload.getLong(at);
      long offset = payload.getLong(at + Long.BYTES);
      if (size < 0 || offset < 0 || offset > Long.MAX_VALUE - size) {
        throw new ProtocolException(
            "a memory of "
                + Long.toUnsignedString(size)
                + " bytes at offset "
                + Long.toUnsignedString(offset));
      }
      memories.add(new Memory(size, offset));
    }
    return memories;
  }
}
