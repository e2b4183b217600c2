// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** Sends a descriptor to the {@link Peer}. Apart, for the bundles that tests make. */
final class Gift {
  private static final long LIMIT_MILLIS = 20_000;

  private Gift() {}

  /** Listens, and gives the descriptor to the first who connects. */
  static void give(FdSockets sockets, Path socket, OwnedFd fd) throws HeapException {
    try (FdListener listener = sockets.listen(socket);
        FdSocket connection = listener.accept(LIMIT_MILLIS)) {
      connection.send(ByteBuffer.allocate(1), fd);
    }
  }
}
