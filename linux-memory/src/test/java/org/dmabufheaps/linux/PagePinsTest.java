// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Single pages of a memory file can be pinned, and nobody can tell that they are. */
@ExtendWith(NothingLeft.class)
class PagePinsTest {
  private final Kernel kernel = TestKernel.real();
  private final Syscalls sys = kernel.sys();

  private LinuxBuffer memfd() throws HeapException {
    return (LinuxBuffer) TestKernel.linux().memfd(new TestRequest(kernel.pageSize()));
  }

  @Test
  void aPageInAPipeOutlivesMappingAndDescriptorAndSeesWhatIsWrittenLater() throws HeapException {
    LinuxBuffer memfd = memfd();
    Fd file = memfd.fd();
    int page = (int) kernel.pageSize();
    long lent = file.call(fd -> Mmap.shared(sys, fd, page, true));
    long kept = file.call(fd -> Mmap.shared(sys, fd, page, true));
    ByteBuffer ends = Call.struct(8);
    assertEquals(0, sys.pipe2(ends, Abi.O_CLOEXEC));
    assertEquals(page, sys.vmsplice(ends.getInt(4), Libc.iovec(lent, page), 1, 0));
    assertEquals(0, sys.munmap(lent, page));
    memfd.release();
    sys.buffer(kept, page).putLong(0, 0x5ec2e7L);
    assertEquals(0, sys.munmap(kept, page));
    ByteBuffer read = Call.struct(8);
    assertEquals(8, Libc.callLong("read", ends.getInt(0), read, 8L));
    assertEquals(0x5ec2e7L, read.getLong(0), "what was written after the page was lent");
    sys.close(ends.getInt(0));
    sys.close(ends.getInt(4));
  }
}
