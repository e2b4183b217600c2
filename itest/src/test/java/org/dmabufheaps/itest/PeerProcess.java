// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** What {@link Peer} runs: one class, no container. Answers each line of its input with a line. */
final class PeerProcess {
  private static final long LIMIT_NANOS = 20_000_000_000L;

  private final LinuxMemory linux;
  private OwnedFd fd;
  private View mapped;

  private PeerProcess(LinuxMemory linux) {
    this.linux = linux;
  }

  /** Ends with its input. */
  public static void main(String[] args) throws IOException {
    PeerProcess peer = new PeerProcess(LinuxMemory.open());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println("ok " + peer.answer(line.split(" ")));
    }
    peer.drop();
  }

  private long answer(String... words) throws IOException {
    return switch (words[0]) {
      case "take" -> take(Path.of(words[1]));
      case "get" -> access(Access.READ, Long.parseLong(words[1]), 0);
      case "put" -> access(Access.WRITE, Long.parseLong(words[1]), Long.parseLong(words[2]));
      case "map" -> map();
      case "drop" -> drop();
      default -> throw new IOException("no command: " + words[0]);
    };
  }

  private long take(Path socket) throws IOException {
    drop();
    fd = receive(connect(socket));
    return fd.fd();
  }

  /** Keeps a mapping alone. */
  private long map() throws HeapException {
    DmaBufOps buffer = linux.importFd(fd.fd());
    mapped = buffer.map();
    buffer.release();
    fd.close();
    fd = null;
    return 0;
  }

  private long drop() {
    if (mapped != null) {
      mapped.retire();
      mapped = null;
    }
    if (fd != null) {
      fd.close();
      fd = null;
    }
    return 0;
  }

  /** Tries until somebody listens. */
  private FdSocket connect(Path path) throws HeapException {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    while (true) {
      try {
        return linux.connect(path);
      } catch (HeapException e) {
        boolean early = Errno.ENOENT.is(e) || Errno.ECONNREFUSED.is(e) || Errno.EACCES.is(e);
        if (!early || System.nanoTime() - deadline > 0) {
          throw e;
        }
      }
      Thread.onSpinWait();
    }
  }

  private static OwnedFd receive(FdSocket socket) throws IOException {
    try (socket) {
      List<OwnedFd> fds = socket.receive(ByteBuffer.allocate(1), 1, LIMIT_NANOS / 1_000_000);
      if (fds == null || fds.size() != 1) {
        throw new IOException("received " + fds + " instead of a descriptor");
      }
      return fds.get(0);
    }
  }

  /** Imports and maps anew each time, which proves that the descriptor is good. */
  private long access(Access access, long offset, long value) throws HeapException {
    DmaBufOps buffer = linux.importFd(fd.fd());
    try {
      View view = buffer.map();
      buffer.beginCpuAccess(access);
      ByteBuffer bytes = view.bytes(offset, Long.BYTES);
      if (access.writes()) {
        bytes.putLong(0, value);
      }
      long read = bytes.getLong(0);
      buffer.endCpuAccess(access);
      view.retire();
      return read;
    } finally {
      buffer.release();
    }
  }
}
