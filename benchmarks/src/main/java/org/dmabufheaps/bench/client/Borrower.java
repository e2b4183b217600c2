// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/**
 * The process that each buffer is lent to: maps it, looks whether it is zero, writes all of it, and
 * lets go. It has no framework.
 */
public final class Borrower {
  static final byte TAKE = 1;
  static final byte DONE = 2;
  private static final byte DIRTY = 3;
  private static final byte MARK = 0x5A;
  private static final int CHUNK = 65_536;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(CHUNK);
  private static final byte[] MARKS = new byte[CHUNK];

  private Borrower() {}

  /**
   * Ends when the other side of the socket does.
   *
   * @param args the socket's path
   * @throws IOException when the socket fails
   */
  public static void main(String[] args) throws IOException {
    java.util.Arrays.fill(MARKS, MARK);
    LinuxMemory linux = LinuxMemory.open();
    try (FdSocket socket = linux.connect(Path.of(args[0]))) {
      ByteBuffer message = ByteBuffer.allocate(1);
      List<OwnedFd> fds = socket.receive(message, 1, 0);
      while (fds != null) {
        byte answer = use(linux, fds.get(0));
        socket.send(ByteBuffer.wrap(new byte[] {answer}));
        fds = socket.receive(message.clear(), 1, 0);
      }
    }
  }

  private static byte use(LinuxMemory linux, OwnedFd fd) throws IOException {
    DmaBufOps buffer = linux.importFd(fd.fd());
    fd.close();
    try {
      View view = buffer.map();
      buffer.beginCpuAccess(Access.READ_WRITE);
      boolean zero = isZero(view, buffer.size());
      write(view, buffer.size());
      buffer.endCpuAccess(Access.READ_WRITE);
      view.retire();
      return zero ? DONE : DIRTY;
    } finally {
      buffer.release();
    }
  }

  private static boolean isZero(View view, long size) {
    for (long at = 0; at < size; at += CHUNK) {
      int length = (int) Math.min(CHUNK, size - at);
      if (view.bytes(at, length).mismatch(ZEROS.duplicate().limit(length)) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static void write(View view, long size) {
    for (long at = 0; at < size; at += CHUNK) {
      int length = (int) Math.min(CHUNK, size - at);
      view.bytes(at, length).put(MARKS, 0, length);
    }
  }
}
