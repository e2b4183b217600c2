// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
class PeerProcessTest {
  @TempDir Path directory;

  @Test
  void anotherProcessSeesAndWritesTheSameMemory() throws Exception {
    LinuxMemory linux = TestKernel.linux();
    Path path = directory.resolve("s");
    FdListener listener = linux.listen(path);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Peer.class.getName(),
                path.toString())
            .inheritIO()
            .start();
    FdSocket socket = listener.accept(60_000);
    assertEquals(process.pid(), socket.peer().pid());
    DmaBufOps buffer = linux.memfd(new TestRequest(8192));
    View view = buffer.map();
    ByteBuffer bytes = view.bytes(0, 8192);
    bytes.putLong(0, 0x1122334455667788L);
    OwnedFd fd = buffer.exportFd();
    socket.send(ByteBuffer.allocate(1), fd);
    ByteBuffer inode = ByteBuffer.allocate(8);
    while (inode.hasRemaining()) {
      assertEquals(List.of(), socket.receive(inode, 0, 60_000));
    }
    assertEquals(linux.describe(fd.fd()).inode(), inode.getLong(0));
    assertEquals(~0x1122334455667788L, bytes.getLong(8184), "the mark");
    // The peer ends without closing anything.
    assertNull(socket.receive(ByteBuffer.allocate(1), 0, 60_000));
    assertEquals(0, process.waitFor());
    fd.close();
    view.retire();
    buffer.release();
    socket.close();
    listener.close();
  }
}
