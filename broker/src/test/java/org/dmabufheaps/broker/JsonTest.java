// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is a message, and what is none. */
class JsonTest {
  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static String nested(int depth) {
    return "{\"a\":" + "[".repeat(depth - 1) + "]".repeat(depth - 1) + "}";
  }

  @Test
  void anObjectIsReadAsItIs() throws Exception {
    Map<String, Object> object =
        Json.read(
            bytes(
                " {\"text\":\"\\u00e4\\n\",\"long\":-9223372036854775808,\"half\":0.5,"
                    + "\"yes\":true,\"none\":null,\"list\":[1,{\"x\":[]}]} "));
    assertEquals("ä\n", object.get("text"));
    assertEquals(Long.MIN_VALUE, object.get("long"));
    assertEquals(0.5, object.get("half"));
    assertEquals(true, object.get("yes"));
    assertTrue(object.containsKey("none"));
    assertEquals(List.of(1L, Map.of("x", List.of())), object.get("list"));
  }

  @Test
  void whatIsWrittenIsReadBack() throws Exception {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("fileDescriptor", 0);
    object.put("size", Long.MAX_VALUE);
    object.put("name", "a\"\\\u0000\u2028<ü");
    object.put("list", List.of(Map.of("x", false), List.of("y")));
    object.put("none", null);
    String text = Json.write(object);
    assertFalse(text.contains("\u0000"), "a NUL ends a message");
    assertFalse(text.contains("none"), text);
    Map<String, Object> read = Json.read(bytes(text));
    assertEquals(0L, read.get("fileDescriptor"));
    assertEquals(Long.MAX_VALUE, read.get("size"));
    assertEquals(object.get("name"), read.get("name"));
    assertEquals(object.get("list"), read.get("list"));
  }

  @Test
  void aWholeNumberThatDoesNotFitIsNoWholeNumber() throws Exception {
    assertEquals(0x1p63, Json.read(bytes("{\"a\":9223372036854775808}")).get("a"));
    assertEquals(1e3, Json.read(bytes("{\"a\":1e3}")).get("a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "}",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{}{}",
        "{} x",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":.5}",
        "{\"a\":tru}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud8\"}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":{\"b\":1,\"\\u0062\":2}}",
        "/* */{}",
        "# x\n{}",
        ")]}'\n{}",
        "\uFEFF\uFEFF{}",
        "{\"a\":1111111111111111111111111111111111111111111}"
      })
  void anythingElseIsRefused(String text) {
    assertThrows(IOException.class, () -> Json.read(bytes(text)));
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    for (byte[] bad :
        new byte[][] {
          {'{', '"', (byte) 0xff, '"', ':', '1', '}'},
          {'{', '"', (byte) 0xc0, (byte) 0x80, '"', ':', '1', '}'},
          {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', ':', '1', '}'},
          {'{', '"', (byte) 0xe2, (byte) 0x82}
        }) {
      assertThrows(
          IOException.class, () -> Json.read(ByteBuffer.wrap(bad)), () -> Arrays.toString(bad));
    }
  }

  @Test
  void nestingHasALimit() throws Exception {
    Json.read(bytes(nested(Json.MAX_DEPTH)));
    assertThrows(IOException.class, () -> Json.read(bytes(nested(Json.MAX_DEPTH + 1))));
    assertThrows(IOException.class, () -> Json.read(bytes(nested(Connection.MAX_MESSAGE / 2))));
    String objects = "{\"a\":".repeat(Connection.MAX_MESSAGE / 5);
    assertThrows(IOException.class, () -> Json.read(bytes(objects)));
  }

  @Test
  void aCallHasAMethodAndMayHaveMore() throws Exception {
    Call call = Call.of(bytes("{\"method\":\"a.b\",\"parameters\":{\"x\":1},\"more\":true}"));
    assertEquals(new Call("a.b", Map.of("x", 1L), false, true, false), call);
    for (String empty : List.of("", ",\"parameters\":null", ",\"parameters\":{}")) {
      assertEquals(Map.of(), Call.of(bytes("{\"method\":\"a\"" + empty + "}")).parameters());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"method\":null}",
        "{\"method\":1}",
        "{\"method\":\"a\",\"parameters\":[]}",
        "{\"method\":\"a\",\"parameters\":\"x\"}",
        "{\"method\":\"a\",\"oneway\":1}",
        "{\"method\":\"a\",\"more\":\"true\"}"
      })
  void anObjectThatIsNoCallIsRefused(String text) {
    assertThrows(IOException.class, () -> Call.of(bytes(text)));
  }

  @Test
  void aParameterHasItsTypeOrIsRefusedByName() throws Exception {
    Call call =
        Call.of(
            bytes(
                "{\"method\":\"a\",\"parameters\":{\"n\":1,\"d\":1.5,\"s\":\"x\",\"b\":true,"
                    + "\"z\":null}}"));
    assertEquals(1, call.number("n"));
    assertEquals("x", call.text("s"));
    assertEquals("-", call.text("z", "-"));
    assertEquals("-", call.text("missing", "-"));
    assertTrue(call.flag("b"));
    assertFalse(call.flag("z"));
    call.allow("n", "d", "s", "b", "z");
    for (Failure e :
        List.of(
            assertThrows(Failure.class, () -> call.number("d")),
            assertThrows(Failure.class, () -> call.text("d")),
            assertThrows(Failure.class, () -> call.flag("d")),
            assertThrows(Failure.class, () -> call.allow("n", "s", "b", "z")))) {
      assertEquals(
          Map.of(
              "error",
              "org.varlink.service.InvalidParameter",
              "parameters",
              Map.of("parameter", "d")),
          e.message());
    }
  }
}
