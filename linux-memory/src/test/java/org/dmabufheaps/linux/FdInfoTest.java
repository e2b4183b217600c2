// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.dmabufheaps.Errno.EIO;
import static org.dmabufheaps.Errno.EMFILE;
import static org.dmabufheaps.Errno.ENOENT;
import static org.dmabufheaps.Errno.EPERM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

@ExtendWith(NothingLeft.class)
class FdInfoTest {
  private static final String HEAD =
      "pos:\t0\nflags:\t02000002\nmnt_id:\t14\nino:\t7\nsize:\t8192\ncount:\t3\nexp_name:\tsystem\n";

  @Test
  void readsWhatTheKernelWrites() {
    assertEquals(
        new FdInfo(8192, 3, "system", "camera: left"),
        FdInfo.parse(HEAD + "name:\tcamera: left\n"));
    assertEquals(new FdInfo(8192, 3, "system", ""), FdInfo.parse(HEAD));
  }

  @Test
  void aLabelThatPretendsToBeACountIsNotBelieved() {
    assertEquals(3, FdInfo.parse(HEAD + "name:\tx\ncount:\t1\nsize:\t1\n").count());
  }

  @Test
  void textThatIsNoFdinfoGivesNothing() {
    assertEquals(new FdInfo(0, 0, "", ""), FdInfo.parse("count:\tmany\n\n:"));
  }

  /** Calls of which those of this name fail. */
  private static Syscalls failing(String call, Errno errno) {
    return TestKernel.watched((name, arguments) -> name.equals(call) ? errno.number() : 0);
  }

  private static int errnoOf(Executable reading) {
    return assertThrows(HeapException.class, reading).errno();
  }

  @Test
  void whatCanNotBeReadIsToldWithItsOwnError() throws Exception {
    Syscalls real = TestKernel.real().sys();
    assertEquals(ENOENT.number(), errnoOf(() -> FdInfo.of(real, Integer.MAX_VALUE)));
    assertEquals(EMFILE.number(), errnoOf(() -> FdInfo.of(failing("open", EMFILE), 0)));
    assertEquals(EIO.number(), errnoOf(() -> FdInfo.of(failing("read", EIO), 0)));
  }

  @Test
  void pageFramesThatCanNotBeReadAreToldWithTheirOwnError() {
    for (String call : new String[] {"open", "lseek", "read"}) {
      Kernel kernel = TestKernel.with(failing(call, EMFILE));
      assertEquals(EMFILE.number(), errnoOf(() -> PageFrames.of(kernel, 0, 1, 4096)), call);
    }
    assertEquals(EPERM.number(), errnoOf(() -> PageFrames.of(TestKernel.real(), 0, 1, 4096)));
  }
}
