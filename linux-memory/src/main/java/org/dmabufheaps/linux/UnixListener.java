// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;

/** A listening Unix socket. Its descriptor does not block; who waits does so in {@link Poll}. */
final class UnixListener implements FdListener {
  private final Kernel kernel;
  private final Fd fd;
  private final String name;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Takes over a listening descriptor.
   *
   * @param name for messages
   * @param onClose done before the descriptor is closed
   */
  private UnixListener(Kernel kernel, Fd fd, String name, Runnable onClose) {
    this.kernel = kernel;
    this.fd = fd;
    this.name = name;
    this.onClose = onClose;
  }

  /** One whose file goes with it. */
  static UnixListener bound(Kernel kernel, Fd fd, Path path, FileFacts file) {
    return new UnixListener(
        kernel,
        fd,
        path.toString(),
        () -> {
          UnixSocket.shutdown(kernel, fd);
          UnixAddress.unlink(kernel, path, file);
        });
  }

  /** One that others listen on, too: whoever waits on it must be woken by other means. */
  static UnixListener shared(Kernel kernel, Fd fd, String name) {
    return new UnixListener(kernel, fd, name, () -> {});
  }

  @Override
  public FdSocket accept(long timeoutMillis) throws HeapException {
    Poll poll = new Poll(timeoutMillis);
    return fd.with(
        number -> {
          while (true) {
            poll.readable(kernel.sys(), number, "accepting on " + name);
            FdSocket socket = tryAccept(number);
            if (socket != null) {
              return socket;
            }
          }
        });
  }

  @Override
  public FdSocket tryAccept() throws HeapException {
    return fd.with(this::tryAccept);
  }

  private FdSocket tryAccept(int number) throws HeapException {
    kernel.tidy();
    checkOpen();
    String what = "accepting on " + name;
    long result = Call.retry(() -> kernel.sys().accept4(number, Abi.O_CLOEXEC));
    if (Call.is(Errno.EAGAIN, result)) {
      return null;
    }
    if (result < 0) {
      checkOpen();
    }
    Fd accepted = Fd.of(kernel, result, what);
    if (closed.get()) {
      accepted.close();
      checkOpen();
    }
    return UnixSocket.accepted(kernel, accepted);
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new BufferClosedException("the listener on " + name + " is closed");
    }
  }

  /** The descriptor, for who waits on it. */
  Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.run();
      fd.close();
    }
  }

  @Override
  public String toString() {
    return "listener on " + name;
  }
}
