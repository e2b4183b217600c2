// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;

/** Opens Unix stream sockets by the path of their file ({@code unix(7)}). */
final class UnixAddress {
  static final int AF_UNIX = 1;
  static final int SOCK_STREAM = 1;

  private static final int SOCK_DGRAM = 2;
  private static final int BACKLOG = 64;
  private static final int MODE = 0600;
  private static final int F_SETFL = 4;
  private static final int ECANCELED = 125;
  private static final int AGAIN_MILLIS = 5;

  // struct sockaddr_un
  private static final int PATH = 2;
  private static final int PATH_BYTES = 108;

  private UnixAddress() {}

  static ByteBuffer sockaddr(Path path) {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length >= PATH_BYTES) {
      throw new IllegalArgumentException(
          "\"" + path + "\" has " + bytes.length + " bytes; a socket's path has 1 to 107");
    }
    ByteBuffer address = Call.struct(PATH + PATH_BYTES);
    return address.putShort(0, (short) AF_UNIX).put(PATH, bytes);
  }

  private static Fd socket(Kernel kernel, int flags) throws HeapException {
    return socket(kernel, SOCK_STREAM, flags);
  }

  private static Fd socket(Kernel kernel, int kind, int flags) throws HeapException {
    int type = kind | Abi.O_CLOEXEC | flags;
    return Fd.of(
        kernel, Call.retry(() -> kernel.sys().socket(AF_UNIX, type, 0)), "making a Unix socket");
  }

  /**
   * Connects, and asks again for as long as the peer's queue is full: a thread that waits in {@code
   * connect(2)} could not be woken, not by closing the descriptor either.
   */
  static FdSocket connect(Kernel kernel, Path path, BooleanSupplier wanted) throws HeapException {
    ByteBuffer address = sockaddr(path);
    Fd fd = socket(kernel, Abi.O_NONBLOCK);
    boolean done = false;
    try {
      long result = fd.call(n -> kernel.sys().connect(n, address, address.capacity()));
      while (Call.is(Errno.EAGAIN, result)) {
        if (!wanted.getAsBoolean()) {
          throw new HeapException("connecting to " + path + ": given up", "ECANCELED", ECANCELED);
        }
        kernel.sys().poll(null, 0, AGAIN_MILLIS);
        result = fd.call(n -> kernel.sys().connect(n, address, address.capacity()));
      }
      Call.check(result, "connecting to " + path);
      Call.check(fd.call(n -> kernel.sys().fcntl(n, F_SETFL, 0)), "making a Unix socket wait");
      FdSocket socket = UnixSocket.of(kernel, fd);
      done = true;
      return socket;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  /** What is done to a socket's file between bind and listen. */
  interface Prepare {
    void file() throws HeapException;
  }

  static FdListener listen(Kernel kernel, Path path) throws HeapException {
    return listen(kernel, path, () -> {});
  }

  static FdListener listen(Kernel kernel, Path path, Prepare prepare) throws HeapException {
    ByteBuffer address = sockaddr(path);
    Syscalls sys = kernel.sys();
    Fd fd = socket(kernel, Abi.O_NONBLOCK);
    boolean bound = false;
    boolean done = false;
    try {
      // bind gives the file the mode that the socket has: there is no moment with another one.
      Call.check(fd.call(n -> sys.fchmod(n, MODE)), "setting the mode of a Unix socket");
      Call.check(fd.call(n -> sys.bind(n, address, address.capacity())), "binding " + path);
      bound = true;
      FileFacts file = FileFacts.of(sys, path.toString());
      prepare.file();
      Call.check(fd.call(n -> sys.listen(n, BACKLOG)), "listening on " + path);
      done = true;
      return UnixListener.bound(kernel, fd, path, file);
    } finally {
      if (!done) {
        fd.close();
      }
      if (bound && !done) {
        ByteBuffer name = Call.string(path.toString());
        Call.retry(() -> sys.unlink(name));
      }
    }
  }

  /** Tells whether somebody listens on a socket's file. */
  static boolean isAlive(Kernel kernel, Path path) throws HeapException {
    ByteBuffer address = sockaddr(path);
    Fd fd = socket(kernel, Abi.O_NONBLOCK);
    try {
      long result = fd.call(n -> kernel.sys().connect(n, address, address.capacity()));
      if (Call.is(Errno.ECONNREFUSED, result)) {
        return false;
      }
      if (!Call.is(Errno.EAGAIN, result)) {
        Call.check(result, "asking whether somebody listens on " + path);
      }
      return true;
    } finally {
      fd.close();
    }
  }

  /** Sends one datagram to a socket's file, or to an abstract name that begins with {@code @}. */
  static void datagram(Kernel kernel, String to, String text) throws HeapException {
    ByteBuffer address = sockaddr(Path.of(to));
    int length = address.capacity();
    if (to.startsWith("@")) {
      address.put(PATH, (byte) 0);
      length = PATH + to.getBytes(StandardCharsets.UTF_8).length;
    }
    int used = length;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer message = Call.struct(bytes.length).put(bytes).rewind();
    String what = "telling the service manager at " + to;
    Fd fd = socket(kernel, SOCK_DGRAM, Abi.O_NONBLOCK);
    try {
      Call.check(fd.call(n -> kernel.sys().connect(n, address, used)), what);
      Call.check(fd.call(n -> kernel.sys().write(n, message, bytes.length)), what);
    } finally {
      fd.close();
    }
  }

  /** Removes a socket's file, if it still is that socket's. */
  static void unlink(Kernel kernel, Path path, FileFacts own) {
    try {
      FileFacts now = FileFacts.of(kernel.sys(), path.toString());
      if (now.inode() == own.inode() && now.device() == own.device()) {
        ByteBuffer name = Call.string(path.toString());
        Call.retry(() -> kernel.sys().unlink(name));
      }
    } catch (HeapException e) {
      // It is gone, or out of reach: nothing is left to remove.
    }
  }
}
