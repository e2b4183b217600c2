// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(NothingLeft.class)
class FaultTest {
  @TempDir Path directory;

  private static void useBuffer(LinuxMemory linux) throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(8192));
    try {
      Faults.use(linux, buffer);
    } finally {
      buffer.release();
    }
  }

  private void useSockets(LinuxMemory linux) throws Exception {
    Path path = directory.resolve("s");
    try (FdListener listener = linux.listen(path);
        FdSocket client = linux.connect(path);
        FdSocket server = listener.accept(5_000)) {
      DmaBufOps buffer = linux.memfd(new TestRequest(4096));
      try (OwnedFd fd = buffer.exportFd()) {
        client.send(ByteBuffer.allocate(4), fd, fd);
        List<OwnedFd> fds = server.receive(ByteBuffer.allocate(4), 2, 5_000);
        fds.forEach(OwnedFd::close);
      } finally {
        buffer.release();
      }
    }
    Files.deleteIfExists(path);
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EAGAIN", "EIO", "EINVAL"})
  void aBufferCallThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    Faults.atEachStep(errno, FaultTest::useBuffer);
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EIO"})
  void aSocketCallThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    Faults.atEachStep(errno, this::useSockets);
  }

  @Test
  void aSignalAtAnyStepIsNotNoticed() throws Exception {
    Faults.signalAtEachStep(FaultTest::useBuffer);
    Faults.signalAtEachStep(this::useSockets);
  }
}
