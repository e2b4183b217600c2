// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** {@link Drm} against {@code abi.txt}, which a C program printed that has the headers. */
class AbiTest {
  private static final Map<String, String> STRUCTS =
      Map.ofEntries(
          Map.entry("Version", "drm_version"),
          Map.entry("ClientCap", "drm_set_client_cap"),
          Map.entry("Prime", "drm_prime_handle"),
          Map.entry("GemClose", "drm_gem_close"),
          Map.entry("Resources", "drm_mode_card_res"),
          Map.entry("Connector", "drm_mode_get_connector"),
          Map.entry("ModeInfo", "drm_mode_modeinfo"),
          Map.entry("PlaneResources", "drm_mode_get_plane_res"),
          Map.entry("ObjectProperties", "drm_mode_obj_get_properties"),
          Map.entry("Property", "drm_mode_get_property"),
          Map.entry("Framebuffer", "drm_mode_fb_cmd2"),
          Map.entry("Blob", "drm_mode_create_blob"),
          Map.entry("Atomic", "drm_mode_atomic"));

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
    for (Field constant : Drm.class.getDeclaredFields()) {
      numbers.put(constant.getName(), number(constant));
    }
    for (Class<?> struct : Drm.class.getDeclaredClasses()) {
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
