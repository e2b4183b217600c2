// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What the two processes of the demo say to each other: 32 bytes, big-endian. For the demo alone,
 * no interface of the product.
 *
 * @param kind what is said
 * @param slot which buffer of the ring, from 0
 * @param frame which frame, from 0
 * @param inode the buffer's inode as the receiver sees it; else 0
 * @param value what the kind says; else 0
 */
record Message(Kind kind, int slot, int frame, long inode, long value) {
  /** The size of a message. */
  static final int BYTES = 32;

  private static final int MAGIC = 0x646d6266;

  /** What is said, and what is answered. */
  enum Kind {
    /** The receiver is ready; the value is its process id. */
    HELLO(1),
    /** A buffer, whose descriptor comes along, takes a slot; answered by {@link #TAKEN}. */
    BUFFER(2),
    /** The value is the size of the buffer that was taken, in bytes. */
    TAKEN(3),
    /** A frame is in the buffer of the slot; answered by {@link #CHECKED}. */
    FRAME(4),
    /** As {@link #FRAME}; the sender's heap has gone. */
    ORPHAN(5),
    /** The sender has closed every buffer, the last frame is still in the slot; as FRAME. */
    LAST(6),
    /** The value is the number of pixels that differ. */
    CHECKED(7),
    /** There is no more; answered by {@link #BYE}. */
    END(8),
    /** The value is the number of buffers' descriptors that the receiver still has open. */
    BYE(9);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    private static Kind of(int code) throws IOException {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new IOException("a message of kind " + code);
    }
  }

  Message {
    if (slot < 0 || frame < 0) {
      throw new IllegalArgumentException("slot " + slot + ", frame " + frame);
    }
  }

  ByteBuffer encode() {
    return ByteBuffer.allocate(BYTES)
        .putInt(MAGIC)
        .putInt(kind.code)
        .putInt(slot)
        .putInt(frame)
        .putLong(inode)
        .putLong(value)
        .flip();
  }

  /**
   * Reads a message.
   *
   * @param bytes {@link #BYTES} bytes
   * @return the message
   * @throws IOException when they are none
   */
  static Message decode(ByteBuffer bytes) throws IOException {
    if (bytes.remaining() != BYTES) {
      throw new IOException("a message of " + bytes.remaining() + " bytes, not " + BYTES);
    }
    int magic = bytes.getInt();
    int kind = bytes.getInt();
    int slot = bytes.getInt();
    int frame = bytes.getInt();
    if (magic != MAGIC || slot < 0 || frame < 0) {
      throw new IOException(
          String.format("no message: 0x%08x, slot %d, frame %d", magic, slot, frame));
    }
    return new Message(Kind.of(kind), slot, frame, bytes.getLong(), bytes.getLong());
  }

  /** What a receiver writes behind the pixels of a frame, to be read back by the sender. */
  static long mark(long receiverPid, int frame) {
    return receiverPid << 32 | frame;
  }
}
