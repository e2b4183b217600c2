// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The configuration of the broker, PID {@code org.dmabufheaps.broker}. Sizes are in bytes. */
@ObjectClassDefinition(
    name = "dmabuf-heaps broker",
    description = "Buffers for other processes. A change keeps connections and buffers.")
public @interface BrokerConfig {

  /**
   * Where clients connect.
   *
   * @return an absolute path, at most 107 bytes
   */
  @AttributeDefinition(
      name = "Socket",
      description =
          "The socket's path, when the service manager doesn't bring one; from the next start on")
  String socket() default "/run/dmabuf-heaps/org.dmabufheaps";

  /**
   * Who may connect.
   *
   * @return in octal digits, 0600 to 0666
   */
  @AttributeDefinition(
      name = "Mode of the socket",
      description = "0600, 0660 or 0666; from the next start on")
  String socket_mode() default "0660";

  /**
   * The group that may connect.
   *
   * @return its name or number; empty for the process's own
   */
  @AttributeDefinition(
      name = "Group of the socket",
      description = "By name or number; empty for the process's own; from the next start on",
      required = false)
  String socket_group() default "";

  /**
   * Who may use which heap.
   *
   * @return entries such as {@code uid:1000 system 67108864}
   */
  @AttributeDefinition(
      name = "Rules",
      description =
          "WHO HEAP BYTES: uid:NUMBER, gid:NUMBER or *; a heap's name, imported, or *; the most"
              + " bytes, 0 for nothing, any for no limit. The first that matches decides; nothing is"
              + " allowed where none does")
  String[] rules() default {"* * any"};

  /**
   * The quota of each user.
   *
   * @return in bytes; 0 for none
   */
  @AttributeDefinition(
      name = "Quota of a user",
      description = "The most bytes of all heaps, for each user; 0 for no limit",
      min = "0")
  long uid_max_bytes() default 256L << 20;

  /**
   * The limit on buffers of each user.
   *
   * @return 1 to 1000000
   */
  @AttributeDefinition(
      name = "Buffers of a user",
      description = "Each is a descriptor of the runtime's",
      min = "1",
      max = "1000000")
  int uid_buffers_max() default 1_000;

  /**
   * The limit on connections.
   *
   * @return 1 to 10000
   */
  @AttributeDefinition(name = "Connections", min = "1", max = "10000")
  int connections_max() default 256;

  /**
   * The limit on connections of each user.
   *
   * @return 1 to 10000
   */
  @AttributeDefinition(name = "Connections of a user", min = "1", max = "10000")
  int uid_connections_max() default 64;

  /**
   * How long a client may be silent that has no buffer.
   *
   * @return in milliseconds; 0 for ever
   */
  @AttributeDefinition(
      name = "Idle limit",
      description =
          "How long a connection without buffers may be silent, in milliseconds; 0 for no limit",
      min = "0")
  long idle_millis() default 300_000;

  /**
   * How long a client may take to send a message, or to take a reply.
   *
   * @return in milliseconds, 100 to 600000
   */
  @AttributeDefinition(
      name = "Message limit",
      description = "How long a message may take from its first byte to its last, in milliseconds",
      min = "100",
      max = "600000")
  long message_millis() default 10_000;
}
