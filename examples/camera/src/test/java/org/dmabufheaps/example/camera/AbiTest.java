// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** {@link V4l2} against {@code abi.txt}, which a C program printed that has the headers. */
class AbiTest {
  private static final Map<String, String> STRUCTS =
      Map.ofEntries(
          Map.entry("Capability", "v4l2_capability"),
          Map.entry("Format", "v4l2_format"),
          Map.entry("RequestBuffers", "v4l2_requestbuffers"),
          Map.entry("Buffer", "v4l2_buffer"));

  @Test
  void everyNumberIsThatOfTheHeaders() throws Exception {
    assertEquals(headers(), java());
  }

  private static Map<String, Long> headers() throws IOException {
    Map<String, Long> numbers = new TreeMap<>();
    try (InputStream table = AbiTest.class.getResourceAsStream("abi.txt")) {
      for (String line :
          new String(table.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        int space = line.lastIndexOf(' ');
        numbers.put(line.substring(0, space), Long.decode(line.substring(space + 1)));
      }
    }
    return numbers;
  }

  private static Map<String, Long> java() throws IllegalAccessException {
    Map<String, Long> numbers = new TreeMap<>();
    numbers.put("V4L2_PIX_FMT_YUYV", (long) Format.YUYV);
    numbers.put("V4L2_PIX_FMT_XBGR32", (long) Format.XR24);
    for (Field constant : V4l2.class.getDeclaredFields()) {
      numbers.put(constant.getName(), number(constant));
    }
    for (Class<?> struct : V4l2.class.getDeclaredClasses()) {
      String name = STRUCTS.get(struct.getSimpleName());
      for (Field member : struct.getDeclaredFields()) {
        numbers.put(name(name, member.getName()), number(member));
      }
    }
    return numbers;
  }

  private static String name(String struct, String member) {
    return member.equals("BYTES")
        ? "sizeof(" + struct + ")"
        : struct + "." + member.toLowerCase(Locale.ROOT);
  }

  private static long number(Field constant) throws IllegalAccessException {
    return ((Number) constant.get(null)).longValue();
  }
}
