// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;
import org.dmabufheaps.Errno;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(NothingLeft.class)
class FaultTest {
  @TempDir Path directory;

  private void useSockets(LinuxMemory linux) throws Exception {
    Faults.useSockets(linux, directory);
  }

  /** Memory that is used again: cleared, pooled, taken, exported, and given back for good. */
  private static void useRecycler(LinuxMemory linux) throws Exception {
    Recycler recycler =
        linux.recycler(
            "acme", (what, bytes) -> new TestRequest(bytes).reserveFresh(bytes), linux::memfd);
    recycler.bind(new PlainPool());
    try {
      for (int round = 0; round < 3; round++) {
        DmaBufOps buffer = recycler.allocate(new TestRequest(8192));
        View view = null;
        try {
          view = buffer.map();
          view.bytes(0, 8192).putInt(0, round);
          if (round == 2) {
            buffer.exportFd().close();
          }
        } finally {
          if (view == null) {
            buffer.release();
          } else {
            buffer.release(view);
          }
        }
      }
    } finally {
      recycler.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EAGAIN", "EPERM", "ENOSPC", "EIO", "EINVAL"})
  void aCallForMemoryThatIsUsedAgainThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    Faults.atEachStep(errno, FaultTest::useRecycler);
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EAGAIN", "EPERM", "ENOSPC", "EIO", "EINVAL"})
  void aBufferCallThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    Faults.atEachStep(errno, Faults::useMemfd);
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EPERM", "ENOSPC", "EIO"})
  void aSocketCallThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    Faults.atEachStep(errno, this::useSockets);
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EMFILE", "EPERM", "ENOSPC", "EIO"})
  void aServersCallThatFailsAtAnyStepLeavesNothing(Errno errno) throws Exception {
    Faults.atEachStep(errno, linux -> Faults.useServer(linux, directory));
  }

  @Test
  void aSignalAtAnyStepIsNotNoticed() throws Exception {
    Faults.signalAtEachStep(Faults::useMemfd);
    Faults.signalAtEachStep(FaultTest::useRecycler);
    Faults.signalAtEachStep(this::useSockets);
    Faults.signalAtEachStep(linux -> Faults.useServer(linux, directory));
  }
}
