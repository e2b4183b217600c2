// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes from a peer are a call or refused. With {@code JAZZER_FUZZ=1} in the environment Jazzer
 * makes them up, else the seeds are tried.
 */
class MessageFuzzTest {

  @FuzzTest(maxExecutions = 1_000_000, maxDuration = "20m")
  void bytesAreACallOrRefused(byte[] bytes) throws IOException {
    Call call;
    try {
      call = Call.of(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      return;
    }
    Json.read(ByteBuffer.wrap(Json.write(call.parameters()).getBytes(UTF_8)));
  }
}
