// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;

/** Sends descriptors to another process, one at a time. */
final class LendingPeer implements Client.Peer {
  private static final long ANSWER_MILLIS = 10_000;

  private final FdListener listener;
  private FdSocket socket;

  LendingPeer(FdListener listener) {
    this.listener = listener;
  }

  @Override
  public void accept(long millis) throws IOException {
    socket = listener.accept(millis);
  }

  @Override
  public void lend(Source source, int slot) throws IOException {
    try (OwnedFd fd = ((ClientSource) source).buffer(slot).exportFd()) {
      socket.send(ByteBuffer.wrap(new byte[] {Borrower.TAKE}), fd);
    }
    ByteBuffer answer = ByteBuffer.allocate(1);
    List<OwnedFd> none = socket.receive(answer, 0, ANSWER_MILLIS);
    if (none == null || answer.get(0) != Borrower.DONE) {
      throw new IOException("the other process found bytes that are not zero, or it is gone");
    }
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.close();
    }
    listener.close();
  }
}
