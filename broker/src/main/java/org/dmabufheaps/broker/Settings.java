// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.nio.file.Path;
import java.util.Arrays;

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
  private static final int MOST_CONNECTIONS = 10_000;
  private static final int MOST_BUFFERS = 1_000_000;

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException when a value is bad; the message says which
   */
  static Settings of(BrokerConfig config) {
    long limit = range("uid.max.bytes", config.uid_max_bytes(), 0, Long.MAX_VALUE);
    return new Settings(
        Path.of(config.socket()),
        mode(config.socket_mode()),
        config.socket_group(),
        new Policy(
            Arrays.stream(config.rules()).map(Rule::of).toList(),
            limit == 0 ? Policy.UNLIMITED : limit,
            (int) range("uid.buffers.max", config.uid_buffers_max(), 1, MOST_BUFFERS)),
        (int) range("connections.max", config.connections_max(), 1, MOST_CONNECTIONS),
        (int) range("uid.connections.max", config.uid_connections_max(), 1, MOST_CONNECTIONS),
        range("idle.millis", config.idle_millis(), 0, Long.MAX_VALUE / 1_000_000),
        range("message.millis", config.message_millis(), 100, 600_000));
  }

  private static int mode(String text) {
    if (!text.matches("0?6[0246][0246]")) {
      throw new IllegalArgumentException("socket.mode=" + text + " is not 0600 to 0666");
    }
    return Integer.parseInt(text, 8);
  }

  private static long range(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + "=" + value + " is not within " + least + " to " + most);
    }
    return value;
  }
}
