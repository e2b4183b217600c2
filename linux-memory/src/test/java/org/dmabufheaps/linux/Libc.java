// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;

/** C functions that only tests call. */
final class Libc {
  static final int PROT_NONE = 0;
  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;
  static final int MAP_PRIVATE = 2;

  private static final NativeLibrary LIBRARY = NativeLibrary.getProcess();

  private Libc() {}

  /**
   * Calls a function that returns a 64-bit {@code long} or pointer; returns what it does, or the
   * negative error number.
   */
  static long callLong(String function, Object... arguments) {
    long result = LIBRARY.getFunction(function).invokeLong(arguments);
    return result == -1 ? -Native.getLastError() : result;
  }

  /** As {@link #callLong}, for a function that returns {@code int}. */
  static int call(String function, Object... arguments) {
    int result = LIBRARY.getFunction(function).invokeInt(arguments);
    return result == -1 ? -Native.getLastError() : result;
  }

  /** A {@code struct iovec}. */
  static ByteBuffer iovec(long address, long length) {
    Syscalls sys = TestKernel.real().sys();
    ByteBuffer iovec = Call.struct(2 * sys.wordBytes());
    return sys.wordBytes() == Long.BYTES
        ? iovec.putLong(0, address).putLong(8, length)
        : iovec.putInt(0, (int) address).putInt(4, (int) length);
  }
}
