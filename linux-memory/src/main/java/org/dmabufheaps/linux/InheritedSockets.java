// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.HeapException;

/**
 * The sockets that the service manager opened for this process ({@code sd_listen_fds(3)}).
 *
 * @param count how many there are, from descriptor 3 on
 * @param names of them, in that order; empty when they have none
 */
record InheritedSockets(int count, List<String> names) {
  private static final int FIRST = 3;
  private static final int MOST = 1024;

  // fcntl(2)
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int F_SETFL = 4;

  // include/uapi/asm-generic/socket.h; others only on mips, parisc and sparc.
  private static final int SO_TYPE = 3;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;

  /** Reads what the environment says; what it says for another process is none of ours. */
  static InheritedSockets of(Map<String, String> environment, long pid) {
    if (!String.valueOf(pid).equals(environment.get("LISTEN_PID"))) {
      return new InheritedSockets(0, List.of());
    }
    String names = environment.getOrDefault("LISTEN_FDNAMES", "");
    return new InheritedSockets(
        count(environment.getOrDefault("LISTEN_FDS", "")),
        names.isEmpty() ? List.of() : List.of(names.split(":", -1)));
  }

  private static int count(String text) {
    return text.matches("[0-9]{1,4}") ? Math.min(MOST, Integer.parseInt(text)) : 0;
  }

  /**
   * Takes one by its name; it stays open under its own number.
   *
   * @return {@code null} when there is none of that name
   */
  FdListener take(Kernel kernel, String name) throws HeapException {
    int at = names.isEmpty() && count == 1 ? 0 : names.indexOf(name);
    if (at < 0 || at >= count) {
      return null;
    }
    int number = FIRST + at;
    String what = "the service manager's socket " + name;
    boolean listens =
        option(kernel, number, SO_DOMAIN, what) == UnixAddress.AF_UNIX
            && option(kernel, number, SO_TYPE, what) == UnixAddress.SOCK_STREAM
            && option(kernel, number, SO_ACCEPTCONN, what) == 1;
    if (!listens) {
      throw new HeapException(what + " is no listening Unix stream socket", Errno.EINVAL);
    }
    Syscalls sys = kernel.sys();
    Call.check(Call.retry(() -> sys.fcntl(number, F_SETFD, FD_CLOEXEC)), "keeping " + what);
    Fd fd = Fd.duplicate(kernel, number, what);
    boolean done = false;
    try {
      Call.check(fd.call(n -> sys.fcntl(n, F_SETFL, Abi.O_NONBLOCK)), "not waiting on " + what);
      done = true;
      return UnixListener.shared(kernel, fd, name);
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  private static int option(Kernel kernel, int number, int option, String what)
      throws HeapException {
    ByteBuffer value = Call.struct(Integer.BYTES);
    ByteBuffer length = Call.struct(Integer.BYTES).putInt(0, Integer.BYTES);
    int level = UnixSocket.SOL_SOCKET;
    Call.check(
        Call.retry(() -> kernel.sys().getsockopt(number, level, option, value, length)),
        "looking at " + what);
    return value.getInt(0);
  }
}
