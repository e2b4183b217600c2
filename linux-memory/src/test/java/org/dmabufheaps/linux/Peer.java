// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;

/** The other process: takes a buffer, answers with its inode and leaves a mark in it. */
final class Peer {
  private Peer() {}

  public static void main(String[] arguments) throws Exception {
    LinuxMemory linux = LinuxMemory.open();
    FdSocket socket = linux.connect(Path.of(arguments[0]));
    List<OwnedFd> fds = socket.receive(ByteBuffer.allocate(1), 1, 60_000);
    int fd = fds.get(0).fd();
    ByteBuffer bytes = linux.importFd(fd).map().bytes(0, 8192);
    bytes.putLong(8184, ~bytes.getLong(0));
    socket.send(ByteBuffer.allocate(8).putLong(0, linux.describe(fd).inode()));
  }
}
