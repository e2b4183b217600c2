// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.View;

/** Another process that holds a buffer until it is killed, and writes to it all the time. */
final class HoldingPeer {
  private final Process process;
  private final FdSocket socket;

  /** Starts it, and gives it a descriptor. */
  HoldingPeer(LinuxMemory linux, Path path, OwnedFd fd) throws Exception {
    try (FdListener listener = linux.listen(path)) {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  HoldingPeer.class.getName(),
                  path.toString())
              .inheritIO()
              .start();
      socket = listener.accept(60_000);
    }
    socket.send(ByteBuffer.allocate(1), fd);
    socket.receive(ByteBuffer.allocate(1), 0, 60_000);
  }

  /** What the other process does. */
  public static void main(String[] arguments) throws Exception {
    LinuxMemory linux = LinuxMemory.open();
    FdSocket socket = linux.connect(Path.of(arguments[0]));
    List<OwnedFd> fds = socket.receive(ByteBuffer.allocate(1), 1, 60_000);
    View view = linux.importFd(fds.get(0).fd()).map();
    ByteBuffer bytes = view.bytes(0, 4096);
    bytes.putLong(0, 0x5ec0);
    socket.send(ByteBuffer.allocate(1));
    while (true) {
      bytes.putLong(0, 0x5ec0);
      Thread.sleep(1);
    }
  }

  /** Kills it, and returns when it is dead. */
  void kill() throws Exception {
    process.destroyForcibly().waitFor();
    socket.close();
  }
}
