// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the service says of itself: the interface {@code org.varlink.service}. */
final class Interfaces {
  private static final List<String> NAMES = List.of("org.dmabufheaps", "org.varlink.service");

  private final String version;
  private final Map<String, String> descriptions = new LinkedHashMap<>();

  Interfaces(String version) {
    this.version = version;
    NAMES.forEach(name -> descriptions.put(name, read(name + ".varlink")));
  }

  private static String read(String file) {
    try (InputStream in = Interfaces.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Reply info() {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("vendor", "dmabuf-heaps");
    info.put("product", "dmabuf-heaps broker");
    info.put("version", version);
    info.put("url", "https://varlink.org");
    info.put("interfaces", NAMES);
    return Reply.of(info);
  }

  Reply description(String name) throws Failure {
    String text = descriptions.get(name);
    if (text == null) {
      throw Failure.interfaceNotFound(name);
    }
    return Reply.of(Map.of("description", text));
  }
}
