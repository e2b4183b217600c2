// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;

/**
 * The program that takes the descriptors from under itself, in a VM of its own: in each round the
 * limit is lowered to a few more than are open, all of them are used up, given back, and used up
 * again; then the limit is raised.
 */
final class FileLimits {
  private static final int RLIMIT_NOFILE = 7;
  private static final long PLENTY = 1024;

  private final LinuxMemory linux = TestKernel.linux();
  private final List<AutoCloseable> open = new ArrayList<>();

  private static void limit(long most) {
    ByteBuffer limits = Call.struct(2 * Long.BYTES);
    limits.putLong(0, most).putLong(Long.BYTES, PLENTY);
    if (Libc.call("setrlimit", RLIMIT_NOFILE, limits) != 0) {
      throw new AssertionError("setrlimit " + most);
    }
  }

  /** Returns the number that the next descriptor will have. */
  private static int next() {
    Syscalls sys = TestKernel.real().sys();
    int fd = sys.memfd_create(Call.string("next"), 1);
    sys.close(fd);
    return fd;
  }

  /** Allocates and exports until the kernel refuses; returns how often that went well. */
  private int exhaust() throws HeapException {
    for (int taken = 0; ; taken++) {
      try {
        DmaBufOps buffer = linux.memfd(new TestRequest(4096));
        open.add(buffer::release);
        OwnedFd fd = buffer.exportFd();
        open.add(fd);
        DmaBufOps imported = linux.importFd(fd.fd());
        open.add(imported::release);
      } catch (HeapException e) {
        if (!Errno.EMFILE.is(e)) {
          throw e;
        }
        return taken;
      }
    }
  }

  private void giveBack() throws Exception {
    for (AutoCloseable thing : open) {
      thing.close();
    }
    open.clear();
  }

  /** Throws when something goes wrong. */
  private void round(int spare) throws Exception {
    List<String> before = NothingLeft.descriptors();
    limit(next() + spare);
    int first;
    int second;
    try {
      first = exhaust();
      giveBack();
      second = exhaust();
      giveBack();
    } finally {
      limit(PLENTY);
    }
    if (first != second || !before.equals(NothingLeft.descriptors())) {
      throw new AssertionError(first + ", then " + second + ": " + NothingLeft.descriptors());
    }
    Faults.useMemfd(linux);
  }

  /** Makes so many rounds. */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    FileLimits limits = new FileLimits();
    NothingLeft.things();
    Random random = new Random(1);
    limits.round(20);
    for (int round = 0; round < rounds; round++) {
      limits.round(random.nextInt(20));
    }
    System.out.printf("%d rounds at the limit of open files, 0 wrong%n", rounds);
    System.exit(TestRequest.RESERVED.get() == 0 ? 0 : 1);
  }
}
