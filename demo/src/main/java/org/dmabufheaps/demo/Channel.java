// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;

/** One end of the socket between the two processes; counts its bytes. For one thread. */
final class Channel implements AutoCloseable {
  private final FdSocket socket;
  private long bytes;

  Channel(FdSocket socket) {
    this.socket = socket;
  }

  /**
   * What came.
   *
   * @param message what was said
   * @param fds the descriptors that came along, to be closed by the caller; at most one
   */
  record Received(Message message, List<OwnedFd> fds) {}

  void send(Message message, OwnedFd... fds) throws IOException {
    socket.send(message.encode(), fds);
    bytes += Message.BYTES;
  }

  /**
   * Waits for a message.
   *
   * @param timeoutMillis how long at most; 0 for no limit
   * @return what came; null when the peer has closed its end
   * @throws IOException when it is no message, or the time is over
   */
  Received receive(long timeoutMillis) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(Message.BYTES);
    List<OwnedFd> fds = new ArrayList<>();
    boolean whole = false;
    try {
      while (into.hasRemaining()) {
        List<OwnedFd> came = socket.receive(into, 1, timeoutMillis);
        if (came == null && into.position() == 0) {
          return null;
        }
        if (came == null) {
          throw new IOException("the peer left in the middle of a message");
        }
        fds.addAll(came);
      }
      bytes += Message.BYTES;
      Received received = new Received(Message.decode(into.flip()), List.copyOf(fds));
      whole = true;
      return received;
    } finally {
      if (!whole) {
        fds.forEach(OwnedFd::close);
      }
    }
  }

  /**
   * Waits for a message of a kind, without a descriptor.
   *
   * @param kind which
   * @param deadline until when
   * @return the message
   * @throws IOException when something else came, or nothing
   */
  Message expect(Message.Kind kind, Deadline deadline) throws IOException {
    Received received = receive(deadline.leftMillis());
    if (received == null) {
      throw new IOException("the peer left instead of saying " + kind);
    }
    received.fds().forEach(OwnedFd::close);
    if (received.message().kind() != kind || !received.fds().isEmpty()) {
      throw new IOException(
          "the peer said "
              + received.message()
              + " with "
              + received.fds().size()
              + " descriptors instead of "
              + kind);
    }
    return received.message();
  }

  /** The bytes that went either way; descriptors have none. */
  long bytes() {
    return bytes;
  }

  long peerPid() {
    return socket.peer().pid();
  }

  @Override
  public void close() {
    socket.close();
  }
}
