// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * What a client asks for: one message ({@code https://varlink.org/Method-Call}).
 *
 * @param method its name, with the interface's
 * @param parameters empty where the message has none
 * @param oneway whether no reply is wanted
 * @param more whether several replies are wanted
 * @param upgrade whether the connection is to become another protocol's
 */
record Call(
    String method, Map<String, Object> parameters, boolean oneway, boolean more, boolean upgrade) {

  /**
   * Reads a message.
   *
   * @param bytes without the NUL that ends it
   * @throws IOException when it is none
   */
  static Call of(ByteBuffer bytes) throws IOException {
    Map<String, Object> message = Json.read(bytes);
    if (!(message.get("method") instanceof String method)) {
      throw new IOException("a call without a method");
    }
    return new Call(
        method,
        parameters(message.get("parameters")),
        flag(message.get("oneway")),
        flag(message.get("more")),
        flag(message.get("upgrade")));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> parameters(Object value) throws IOException {
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> object) {
      return (Map<String, Object>) object;
    }
    throw new IOException("parameters that are no object");
  }

  private static boolean flag(Object value) throws IOException {
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw new IOException("a flag that is neither true nor false");
  }

  /** Returns a text. */
  String text(String name) throws Failure {
    if (parameters.get(name) instanceof String text) {
      return text;
    }
    throw Failure.invalidParameter(name);
  }

  /** Returns a text, or what stands for it where there is none. */
  String text(String name, String otherwise) throws Failure {
    return parameters.get(name) == null ? otherwise : text(name);
  }

  /** Returns a whole number. */
  long number(String name) throws Failure {
    if (parameters.get(name) instanceof Long number) {
      return number;
    }
    throw Failure.invalidParameter(name);
  }

  /** Returns a truth value, false where there is none. */
  boolean flag(String name) throws Failure {
    Object value = parameters.get(name);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw Failure.invalidParameter(name);
  }

  /** Refuses parameters that a method doesn't have: a client that means something by them errs. */
  void allow(String... names) throws Failure {
    for (String given : parameters.keySet()) {
      if (!List.of(names).contains(given)) {
        throw Failure.invalidParameter(given);
      }
    }
  }
}
