// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.conformance.check.Check.Failed;
import org.dmabufheaps.conformance.check.Check.Skipped;

/** A descriptor can be given to somebody else. */
final class Travel {
  private static final long PATIENCE_MILLIS = 5_000;

  private Travel() {}

  static void overSocket(Trial t) throws Exception {
    FdSockets sockets = t.target.sockets().get();
    if (sockets == null) {
      throw new Skipped("there are no sockets without the bundle linux-memory");
    }
    DmaBuf buffer = t.allocate(Trial.SMALL);
    t.memory.fill(buffer, 0x2a);
    OwnedFd fd = t.export(buffer);
    Path directory = directory();
    t.keep(() -> Files.delete(directory));
    Path path = directory.resolve("socket");
    FdListener listener = t.keep(sockets.listen(path));
    FdSocket sender = t.keep(sockets.connect(path));
    FdSocket receiver = t.keep(listener.accept(PATIENCE_MILLIS));
    sender.send(ByteBuffer.wrap(new byte[] {1}), fd);
    OwnedFd arrived = receive(t, receiver);
    Expect.equal("st_ino at arrival", t.describe(fd).inode(), t.describe(arrived).inode());
    Expect.that(t.describe(arrived).closeOnExec(), "close-on-exec at arrival", "none");
    t.memory.expect(t.importFd(arrived), 0x2a);
  }

  private static Path directory() {
    try {
      return Files.createTempDirectory("kit");
    } catch (IOException e) {
      throw new Skipped("no place for a socket: " + Expect.brief(e));
    }
  }

  private static OwnedFd receive(Trial t, FdSocket socket) throws IOException {
    List<OwnedFd> fds = socket.receive(ByteBuffer.allocate(16), 1, PATIENCE_MILLIS);
    if (fds == null || fds.size() != 1) {
      throw new Failed("one descriptor", fds == null ? "the end of the stream" : fds.toString());
    }
    return t.keep(fds.get(0));
  }
}
