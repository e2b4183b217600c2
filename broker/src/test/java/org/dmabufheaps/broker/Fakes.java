// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.lang.reflect.Proxy;
import java.util.List;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.osgi.service.log.Logger;

/** Parts that do what a test wants, where the real ones would not on command. */
final class Fakes {
  private Fakes() {}

  /** A user's socket; closing it takes as long as {@code close} does. */
  static FdSocket socket(int uid, Runnable close) {
    return fake(
        FdSocket.class,
        method ->
            switch (method) {
              case "peer" -> new FdSocket.Peer(1, uid, uid);
              case "peerGroups" -> List.of();
              case "close" -> {
                close.run();
                yield null;
              }
              default -> throw new AssertionError(method);
            });
  }

  static FdPoll.Watched watched() {
    return fake(FdPoll.Watched.class, method -> null);
  }

  static Logger log() {
    return fake(Logger.class, method -> method.startsWith("is") ? false : null);
  }

  private interface Does {
    Object call(String method);
  }

  private static <T> T fake(Class<T> type, Does does) {
    return type.cast(
        Proxy.newProxyInstance(
            Fakes.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> does.call(method.getName())));
  }
}
