// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.spi.ConfigValues;

/**
 * The configuration, found good.
 *
 * @param socket where clients connect
 * @param mode of the socket
 * @param group of the socket
 * @param policy who may have how much
 * @param connections how many at most
 * @param connectionsOfUser how many of one user at most
 * @param idleMillis for a client without buffers; 0 for no limit
 * @param messageMillis for one message
 */
record Settings(
    Path socket,
    int mode,
    String group,
    Policy policy,
    int connections,
    int connectionsOfUser,
    long idleMillis,
    long messageMillis) {
  /** Before there was a good configuration: nothing is allowed to anybody. */
  static final Settings AT_FIRST = of(ConfigValues.of(Map.of("rules", "")));

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException when a value is bad; the message says which
   */
  static Settings of(ConfigValues config) {
    long limit = config.whole("uid.max.bytes", 256L << 20, 0, Long.MAX_VALUE);
    return new Settings(
        path(config.text("socket", "/run/dmabuf-heaps/org.dmabufheaps")),
        mode(config.text("socket.mode", "0660")),
        config.text("socket.group", ""),
        new Policy(
            config.texts("rules", List.of("* * any")).stream().map(Settings::rule).toList(),
            limit == 0 ? Policy.UNLIMITED : limit,
            (int) config.whole("uid.buffers.max", 1_000, 1, 1_000_000)),
        (int) config.whole("connections.max", 256, 1, 10_000),
        (int) config.whole("uid.connections.max", 64, 1, 10_000),
        config.whole("idle.millis", 300_000, 0, Long.MAX_VALUE / 1_000_000),
        config.whole("message.millis", 10_000, 100, 600_000));
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw ConfigValues.refused("socket", text, "a path");
    }
  }

  private static int mode(String text) {
    if (!text.matches("0?6[0246][0246]")) {
      throw ConfigValues.refused("socket.mode", text, "0600 to 0666");
    }
    return Integer.parseInt(text, 8);
  }

  private static Rule rule(String text) {
    try {
      return Rule.of(text);
    } catch (IllegalArgumentException e) {
      throw ConfigValues.refused("rules", text, "WHO HEAP BYTES");
    }
  }
}
