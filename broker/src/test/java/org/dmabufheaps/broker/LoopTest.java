// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.linux.LinuxMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The loop with real sockets, and methods that fail on command. */
@Timeout(60)
class LoopTest {
  private static final int LIMIT_MILLIS = 20_000;

  @TempDir Path directory;

  private final Accounts accounts = new Accounts();
  private final Lanes lanes = new Lanes("test");
  private final Lanes closing = new Lanes("test-closing");
  private final Places places = new Places(accounts, closing);
  private LinuxMemory linux;
  private Loop loop;

  @BeforeEach
  void serve() throws Exception {
    linux = LinuxMemory.open();
    Settings settings = Config.with();
    Names names = new Names();
    Outstanding outstanding = new Outstanding(linux, accounts);
    Buffers buffers = new Buffers(null, linux, names, outstanding, settings::policy);
    Methods methods =
        new Methods(
            new Interfaces("1"),
            buffers,
            names,
            settings::policy,
            () -> {
              throw new StackOverflowError("on purpose");
            },
            uid -> Map.of(),
            SelfTests.NONE);
    Calls calls = new Calls(Fakes.log(), methods, buffers, outstanding, lanes);
    loop =
        new Loop(
            Fakes.log(),
            linux.listen(directory.resolve("s")),
            linux.poll(),
            accounts,
            places,
            calls,
            () -> settings);
    loop.start();
  }

  @AfterEach
  void nothingIsLeft() {
    loop.close();
    lanes.close();
    closing.close();
    assertEquals(0, places.taken());
    assertEquals(List.of(), accounts.all());
  }

  private FdSocket connect() throws Exception {
    return linux.connect(directory.resolve("s"));
  }

  private static void sends(FdSocket client, String method) throws Exception {
    client.send(ByteBuffer.wrap(("{\"method\":\"" + method + "\"}\0").getBytes(UTF_8)));
  }

  @Test
  void anErrorEndsTheConnectionThatMadeItHappenAndNoOther() throws Exception {
    try (FdSocket good = connect();
        FdSocket bad = connect()) {
      sends(bad, "org.dmabufheaps.ListHeaps");
      assertNull(bad.receive(ByteBuffer.allocate(1), 0, LIMIT_MILLIS), "it is ended");
      sends(good, "org.dmabufheaps.Stats");
      ByteBuffer answer = ByteBuffer.allocate(1_000);
      good.receive(answer, 0, LIMIT_MILLIS);
      assertTrue(answer.position() > 0);
    }
  }

  @Test
  void allOfManyMessagesAtOnceAreAnswered() throws Exception {
    int count = 500;
    try (FdSocket client = connect()) {
      String message = "{\"method\":\"org.dmabufheaps.Stats\"}\0";
      client.send(ByteBuffer.wrap(message.repeat(count).getBytes(UTF_8)));
      ByteBuffer answers = ByteBuffer.allocate(1 << 20);
      int seen = 0;
      while (seen < count) {
        int from = answers.position();
        client.receive(answers, 0, LIMIT_MILLIS);
        for (int at = from; at < answers.position(); at++) {
          seen += answers.get(at) == 0 ? 1 : 0;
        }
      }
      assertEquals(count, seen);
    }
  }
}
