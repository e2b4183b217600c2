// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import org.dmabufheaps.unixfd.Frame;

/** Reads any bytes as both sides do: refused is fine, anything else that is thrown is not. */
public final class CommandFuzz {
  private CommandFuzz() {}

  /**
   * Called by Jazzer, and by the tests.
   *
   * @param bytes of a peer
   */
  public static void fuzzerTestOneInput(byte[] bytes) {
    CommandReader reader = new CommandReader();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      while (in.hasRemaining()) {
        require(reader.missing() >= 1 && reader.missing() <= Command.MAX_PAYLOAD, "missing");
        Command command = reader.take(in);
        if (command != null) {
          read(command);
        }
      }
    } catch (ProtocolException e) {
      require(!e.getMessage().isEmpty(), "a message");
    }
  }

  private static void read(Command command) throws ProtocolException {
    switch (command.type()) {
      case Command.NEW_BUFFER -> {
        NewBuffer frame = NewBuffer.of(command.payload());
        require(!frame.memories().isEmpty(), "a memory");
        require(frame.memories().size() <= Frame.MAX_MEMORIES, "memories");
        frame
            .memories()
            .forEach(memory -> require(memory.offset() + memory.size() >= 0, "a range"));
      }
      case Command.RELEASE_BUFFER -> command.releasedId();
      case Command.CAPS -> require(command.capsText().indexOf('\0') < 0, "caps");
      default -> {
        // Ignored.
      }
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
