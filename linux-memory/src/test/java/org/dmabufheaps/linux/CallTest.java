// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Errno;
import org.junit.jupiter.api.Test;

class CallTest {
  private static String text(ByteBuffer string) {
    byte[] bytes = new byte[string.capacity() - 1];
    string.get(0, bytes);
    assertEquals(0, string.get(bytes.length), "the NUL");
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void aSignalMakesACallHappenAgain() {
    AtomicInteger calls = new AtomicInteger();
    assertEquals(7, Call.retry(() -> calls.incrementAndGet() < 3 ? -Errno.EINTR.number() : 7));
    assertEquals(3, calls.get());
  }

  @Test
  void aNameIsCutBetweenCharacters() {
    assertEquals("abc", text(Call.string("abc", 31)));
    assertEquals("a".repeat(31), text(Call.string("a".repeat(40), 31)));
    assertEquals("a".repeat(30), text(Call.string("a".repeat(30) + "é", 31)));
    assertEquals("é".repeat(15), text(Call.string("é".repeat(20), 31)));
    assertEquals("a".repeat(28), text(Call.string("a".repeat(28) + "😀", 31)));
  }
}
