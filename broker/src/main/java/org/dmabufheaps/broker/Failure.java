// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.Map;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** An answer that is an error, with its name and parameters. */
final class Failure extends Exception {
  private final String error;
  private final transient Map<String, Object> parameters;

  private Failure(String error, Map<String, Object> parameters, Throwable cause) {
    super(error + " " + parameters, cause);
    this.error = error;
    this.parameters = parameters;
  }

  /** One of the interface's own errors. */
  static Failure of(String name, Errno errno, String message) {
    return of(name, errno.number(), message, null);
  }

  private static Failure of(String name, int errno, String message, Throwable cause) {
    return new Failure(
        "org.dmabufheaps." + name, Map.of("errno", (long) errno, "message", message), cause);
  }

  /** What a heap or the system refused. */
  static Failure of(HeapException e) {
    String name = "Failed";
    if (Errno.ENOMEM.is(e)) {
      name = "NoMemory";
    } else if (Errno.EDQUOT.is(e)) {
      name = "QuotaExceeded";
    } else if (Errno.ENODEV.is(e)) {
      name = "NoSuchHeap";
    } else if (Errno.EINVAL.is(e)) {
      name = "InvalidSize";
    } else if (Errno.ENOTSUP.is(e)) {
      name = "NotExportable";
    } else if (Errno.EACCES.is(e) || Errno.EPERM.is(e)) {
      name = "AccessDenied";
    }
    return of(name, e.errno(), String.valueOf(e.getMessage()), e);
  }

  static Failure clientHasGone() {
    return of("Failed", Errno.EPIPE, "the client has gone");
  }

  static Failure invalidParameter(String name) {
    return new Failure("org.varlink.service.InvalidParameter", Map.of("parameter", name), null);
  }

  static Failure methodNotFound(String method) {
    return new Failure("org.varlink.service.MethodNotFound", Map.of("method", method), null);
  }

  static Failure methodNotImplemented(String method) {
    return new Failure("org.varlink.service.MethodNotImplemented", Map.of("method", method), null);
  }

  static Failure interfaceNotFound(String name) {
    return new Failure("org.varlink.service.InterfaceNotFound", Map.of("interface", name), null);
  }

  static Failure expectedMore() {
    return new Failure("org.varlink.service.ExpectedMore", Map.of(), null);
  }

  /** Returns the message. */
  Map<String, Object> message() {
    return Map.of("error", error, "parameters", parameters);
  }
}
