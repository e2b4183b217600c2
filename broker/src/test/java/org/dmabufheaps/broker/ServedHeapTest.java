// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServedHeapTest {
  @Test
  void aTextWithoutAParenthesisIsAName() throws Exception {
    assertNull(ServedHeap.filter("system"));
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 300, 20_000})
  void aFilterThatIsDeepOrLongIsRefusedBeforeItIsRead(int depth) {
    String deep = "(!".repeat(depth);
    assertThrows(Failure.class, () -> ServedHeap.filter(deep + "(a=b)" + ")".repeat(depth)));
    assertThrows(Failure.class, () -> ServedHeap.filter(deep));
    assertThrows(Failure.class, () -> ServedHeap.filter(deep.replace("!", "&(a=b)")));
    assertThrows(Failure.class, () -> ServedHeap.filter("(a=" + "b".repeat(1021) + ")"));
  }
}
