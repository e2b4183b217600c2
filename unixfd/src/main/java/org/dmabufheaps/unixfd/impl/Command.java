// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A command of the protocol of {@code unixfdsink} and {@code unixfdsrc} (gst-plugins-bad, {@code
 * gst/unixfd/gstunixfd.h}): {@code u32 type, u32 payload_size}, then the payload, in the machine's
 * byte order.
 *
 * @param type one of the constants, or what a later version has
 * @param payload from position 0 to its limit, in the machine's byte order
 */
record Command(int type, ByteBuffer payload) {
  /** From the sink: a frame. Its descriptors come with the first byte. */
  static final int NEW_BUFFER = 0;

  /** To the sink: a frame's id. */
  static final int RELEASE_BUFFER = 1;

  /** From the sink: what the frames are, a string that ends with NUL. */
  static final int CAPS = 2;

  /** From the sink: the end of the stream. */
  static final int EOS = 3;

  static final int HEADER_BYTES = 8;

  /** A reader takes a payload in one piece, so it must fit into a socket's buffer. */
  static final int MAX_PAYLOAD = 64 * 1024;

  /** The longest caps that are sent; half of this is more than anybody has. */
  static final int MAX_CAPS = 16 * 1024;

  /** Begins a command; the payload is put behind its header. */
  static ByteBuffer begin(int type, int payloadBytes) {
    return ByteBuffer.allocateDirect(HEADER_BYTES + payloadBytes)
        .order(ByteOrder.nativeOrder())
        .putInt(type)
        .putInt(payloadBytes);
  }

  static ByteBuffer eos() {
    return begin(EOS, 0).flip();
  }

  static ByteBuffer release(long id) {
    return begin(RELEASE_BUFFER, Long.BYTES).putLong(id).flip();
  }

  /**
   * Writes caps.
   *
   * @throws IllegalArgumentException when they are empty, too long, or have a NUL
   */
  static ByteBuffer caps(String caps) {
    byte[] bytes = caps.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > MAX_CAPS || caps.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "caps of " + bytes.length + " bytes; they have 1 to " + MAX_CAPS + " and no NUL");
    }
    return begin(CAPS, bytes.length + 1).put(bytes).put((byte) 0).flip();
  }

  /** Reads the id of a {@link #RELEASE_BUFFER}. */
  long releasedId() throws ProtocolException {
    if (payload.limit() < Long.BYTES) {
      throw new ProtocolException("release-buffer of " + payload.limit() + " bytes");
    }
    return payload.getLong(0);
  }

  /** Reads the string of a {@link #CAPS}. */
  String capsText() throws ProtocolException {
    int last = payload.limit() - 1;
    if (last < 0 || payload.get(last) != 0) {
      throw new ProtocolException("caps that don't end with NUL");
    }
    byte[] bytes = new byte[last];
    payload.get(0, bytes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
