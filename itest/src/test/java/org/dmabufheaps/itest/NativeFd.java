// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import com.sun.jna.Function;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.OwnedFd;

/** Descriptors as linux-memory never makes them. */
final class NativeFd implements OwnedFd {
  /** {@code F_SETFD} of {@code include/uapi/asm-generic/fcntl.h}. */
  private static final int F_SETFD = 2;

  /** {@code MFD_CLOEXEC} of {@code include/uapi/linux/memfd.h}. */
  private static final int MFD_CLOEXEC = 1;

  private final int number;
  private final AtomicBoolean open = new AtomicBoolean(true);

  private NativeFd(int number) {
    this.number = number;
  }

  static void clearCloseOnExec(int fd) {
    expectSuccess(call("fcntl", fd, F_SETFD, 0), "fcntl");
  }

  /** A memfd whose holders may shrink it. */
  static NativeFd unsealedMemfd(long size) {
    int fd = call("memfd_create", "unsealed", MFD_CLOEXEC);
    expectSuccess(fd, "memfd_create");
    NativeFd owned = new NativeFd(fd);
    expectSuccess(call("ftruncate", fd, size), "ftruncate");
    return owned;
  }

  private static int call(String function, Object... arguments) {
    return Function.getFunction("c", function).invokeInt(arguments);
  }

  private static void expectSuccess(int result, String function) {
    if (result < 0) {
      throw new IllegalStateException(function + " failed");
    }
  }

  @Override
  public int fd() {
    return number;
  }

  @Override
  public boolean isOpen() {
    return open.get();
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      expectSuccess(call("close", number), "close");
    }
  }
}
