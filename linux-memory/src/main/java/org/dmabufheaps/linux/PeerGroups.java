// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.HeapException;

/** The further groups of a peer ({@code SO_PEERGROUPS}, since Linux 4.13). */
final class PeerGroups {
  /** {@code include/uapi/asm-generic/socket.h}; other only on parisc and sparc. */
  private static final int SO_PEERGROUPS = 59;

  // errno(3)
  private static final int ERANGE = 34;
  private static final int ENOPROTOOPT = 92;

  private static final int USUAL = 32;

  private PeerGroups() {}

  static List<Integer> of(Kernel kernel, Fd socket) throws HeapException {
    ByteBuffer length = Call.struct(Integer.BYTES).putInt(0, USUAL * Integer.BYTES);
    ByteBuffer groups = Call.struct(length.getInt(0));
    long result = ask(kernel, socket, groups, length);
    if (result == -ERANGE) {
      // The kernel has put down how long they are.
      groups = Call.struct(length.getInt(0));
      result = ask(kernel, socket, groups, length);
    }
    if (result == -ENOPROTOOPT) {
      return List.of();
    }
    Call.check(result, "asking for the groups of a Unix socket's peer");
    List<Integer> all = new ArrayList<>();
    for (int at = 0; at < length.getInt(0); at += Integer.BYTES) {
      all.add(groups.getInt(at));
    }
    return all;
  }

  private static long ask(Kernel kernel, Fd socket, ByteBuffer groups, ByteBuffer length) {
    return socket.call(
        n -> kernel.sys().getsockopt(n, UnixSocket.SOL_SOCKET, SO_PEERGROUPS, groups, length));
  }
}
