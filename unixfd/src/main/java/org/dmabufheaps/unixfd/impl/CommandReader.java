// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Puts commands together from the bytes of a stream, however they are cut. What a peer may make it
 * hold is {@link Command#MAX_PAYLOAD} bytes. For one thread.
 */
final class CommandReader {
  private final ByteBuffer header = allocate(Command.HEADER_BYTES);
  private ByteBuffer payload;

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }

  /** How many bytes the part that is being read still lacks, at least 1. */
  int missing() {
    return payload == null ? header.remaining() : payload.remaining();
  }

  /** Whether the next byte is the first of a command. */
  boolean atStart() {
    return payload == null && header.position() == 0;
  }

  /**
   * Takes bytes, up to the end of a command.
   *
   * @param bytes from position to limit; the position moves
   * @return a command, or {@code null} when it is not whole yet
   * @throws ProtocolException when a command is too large; nothing can be read after that
   */
  Command take(ByteBuffer bytes) throws ProtocolException {
    if (payload == null) {
      move(bytes, header);
      if (header.hasRemaining()) {
        return null;
      }
      payload = allocate(payloadBytes());
    }
    move(bytes, payload);
    if (payload.hasRemaining()) {
      return null;
    }
    Command command = new Command(header.getInt(0), payload.flip());
    header.clear();
    payload = null;
    return command;
  }

  private int payloadBytes() throws ProtocolException {
    int size = header.getInt(Integer.BYTES);
    if (size < 0 || size > Command.MAX_PAYLOAD) {
      throw new ProtocolException(
          "a command of "
              + Integer.toUnsignedString(size)
              + " bytes, more than "
              + Command.MAX_PAYLOAD);
    }
    return size;
  }

  private static void move(ByteBuffer from, ByteBuffer to) {
    int count = Math.min(from.remaining(), to.remaining());
    to.put(from.slice(from.position(), count));
    from.position(from.position() + count);
  }
}
