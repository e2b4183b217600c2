// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {

  @ParameterizedTest
  @EnumSource
  void comesOutAsItWentIn(Message.Kind kind) throws IOException {
    Message message = new Message(kind, 3, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE);
    ByteBuffer bytes = message.encode();
    assertEquals(Message.BYTES, bytes.remaining());
    assertEquals(message, Message.decode(bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 33})
  void anotherSizeIsRefused(int size) {
    assertThrows(IOException.class, () -> Message.decode(ByteBuffer.allocate(size)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 8, 12})
  void aNegativeWordInFrontIsRefused(int at) {
    ByteBuffer bytes = new Message(Message.Kind.FRAME, 1, 1, 1, 1).encode().putInt(at, -1);
    assertThrows(IOException.class, () -> Message.decode(bytes));
  }

  @Test
  void negativeNumbersAreNotSent() {
    assertThrows(
        IllegalArgumentException.class, () -> new Message(Message.Kind.FRAME, -1, 0, 0, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new Message(Message.Kind.FRAME, 0, -1, 0, 0));
  }

  @Test
  void theMarkTellsTheFrameAndTheProcess() {
    assertNotEquals(Message.mark(1, 2), Message.mark(1, 3));
    assertNotEquals(Message.mark(1, 2), Message.mark(2, 2));
    assertEquals(4_194_304L << 32 | 7, Message.mark(4_194_304, 7));
  }
}
