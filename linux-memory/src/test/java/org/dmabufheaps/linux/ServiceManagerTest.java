// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What systemd's environment says; sockets and datagrams themselves are tried on a container. */
class ServiceManagerTest {
  private static Map<String, String> environment(String pid, String count, String names) {
    return Map.of("LISTEN_PID", pid, "LISTEN_FDS", count, "LISTEN_FDNAMES", names);
  }

  @Test
  void socketsAreForTheProcessThatIsNamed() {
    assertEquals(
        new InheritedSockets(2, List.of("a", "b")),
        InheritedSockets.of(environment("7", "2", "a:b"), 7));
    assertEquals(0, InheritedSockets.of(environment("8", "2", "a:b"), 7).count());
    assertEquals(0, InheritedSockets.of(Map.of(), 7).count());
  }

  @Test
  void nonsenseIsNoSocket() throws Exception {
    for (String count : List.of("", "-1", "x", "99999", "1e3")) {
      assertEquals(0, InheritedSockets.of(environment("7", count, ""), 7).count(), count);
    }
    InheritedSockets two = new InheritedSockets(2, List.of("a", "b", "c"));
    assertEquals(null, two.take(TestKernel.real(), "c"));
    assertEquals(null, two.take(TestKernel.real(), "d"));
    assertEquals(null, new InheritedSockets(2, List.of()).take(TestKernel.real(), "a"));
  }

  @Test
  void withoutAManagerNobodyIsTold() throws Exception {
    assertFalse(System.getenv().containsKey("NOTIFY_SOCKET"), "the tests run under none");
    assertFalse(TestKernel.linux().notifyManager("READY=1"));
  }
}
