// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** What goes with every system call: the retry, the exception, and memory for arguments. */
final class Call {
  private Call() {}

  /**
   * Calls until the result is another than {@code -EINTR}: a signal came, which is no business of
   * the caller's. For every call but {@code close}, after which the descriptor is gone in any case.
   */
  static long retry(LongSupplier call) {
    long result;
    do {
      result = call.getAsLong();
    } while (result == -Errno.EINTR.number());
    return result;
  }

  /** Tells whether a result is this error. */
  static boolean is(Errno errno, long result) {
    return result == -errno.number();
  }

  /** Makes the exception for a negative result. */
  static HeapException failed(String what, long result) {
    int errno = (int) -result;
    return new HeapException(what, Errno.nameOf(errno), errno);
  }

  /** Returns a result that is no error. */
  static long check(long result, String what) throws HeapException {
    if (result < 0) {
      throw failed(what, result);
    }
    return result;
  }

  /** Allocates zeroed memory for an argument, in native order. */
  static ByteBuffer struct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Copies text to native memory, in UTF-8 and ended by a NUL. */
  static ByteBuffer string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return struct(bytes.length + 1).put(bytes).rewind();
  }

  /** As {@link #string}, with at most so many bytes before the NUL, cut between characters. */
  static ByteBuffer string(String text, int maxBytes) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, maxBytes);
    while (length < bytes.length && length > 0 && (bytes[length] & 0xC0) == 0x80) {
      length--;
    }
    return struct(length + 1).put(bytes, 0, length).rewind();
  }
}
