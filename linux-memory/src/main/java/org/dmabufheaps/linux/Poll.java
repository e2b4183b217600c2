// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Waits until a descriptor can be read ({@code poll(2)}), up to a point in time. */
final class Poll {
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;

  // struct pollfd
  private static final int STRUCT_BYTES = 8;
  private static final int EVENTS = 4;
  private static final int REVENTS = 6;

  private static final int FOREVER = -1;

  private final ByteBuffer pollfd = Call.struct(STRUCT_BYTES);
  private final boolean endless;
  private final long deadlineNanos;

  /**
   * Sets the time.
   *
   * @param timeoutMillis from now; 0 for no limit
   */
  Poll(long timeoutMillis) {
    if (timeoutMillis < 0) {
      throw new IllegalArgumentException("a timeout of " + timeoutMillis + " ms");
    }
    endless = timeoutMillis == 0;
    deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
  }

  /** Tells whether one can be written now; of a dma-buf, whether no device is at work on it. */
  static boolean isWritable(Syscalls sys, int fd) throws HeapException {
    ByteBuffer pollfd = Call.struct(STRUCT_BYTES);
    pollfd.putInt(0, fd).putShort(EVENTS, (short) POLLOUT);
    Call.check(Call.retry(() -> sys.poll(pollfd, 1, 0)), "polling descriptor " + fd);
    return (pollfd.getShort(REVENTS) & POLLOUT) != 0;
  }

  /** Waits. Also returns when the descriptor was shut down. */
  void readable(Syscalls sys, int fd, String what) throws HeapException {
    pollfd.putInt(0, fd).putShort(EVENTS, (short) POLLIN);
    long ready;
    do {
      ready = Call.retry(() -> sys.poll(pollfd, 1, remainingMillis()));
      Call.check(ready, what);
    } while (ready == 0 && (endless || deadlineNanos - System.nanoTime() > 0));
    if (ready == 0) {
      throw new HeapException(what, Errno.ETIMEDOUT);
    }
  }

  private int remainingMillis() {
    if (endless) {
      return FOREVER;
    }
    long nanos = Math.max(0, deadlineNanos - System.nanoTime());
    return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }
}
