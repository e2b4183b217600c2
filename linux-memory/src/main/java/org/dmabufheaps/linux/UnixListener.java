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
  private final Path path;
  private final FileFacts file;
  private final AtomicBoolean closed = new AtomicBoolean();

  UnixListener(Kernel kernel, Fd fd, Path path, FileFacts file) {
    this.kernel = kernel;
    this.fd = fd;
    this.path = path;
    this.file = file;
  }

  @Override
  public FdSocket accept(long timeoutMillis) throws HeapException {
    kernel.tidy();
    Poll poll = new Poll(timeoutMillis);
    String what = "accepting on " + path;
    return fd.with(
        number -> {
          while (true) {
            poll.readable(kernel.sys(), number, what);
            if (closed.get()) {
              throw new BufferClosedException("the listener on " + path + " is closed");
            }
            long result = Call.retry(() -> kernel.sys().accept4(number, Abi.O_CLOEXEC));
            if (!Call.is(Errno.EAGAIN, result) && !closed.get()) {
              return UnixSocket.accepted(kernel, Fd.of(kernel, result, what));
            }
            if (result >= 0) {
              Fd.of(kernel, result, what).close();
            }
          }
        });
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      UnixSocket.shutdown(kernel, fd);
      fd.close();
      UnixAddress.unlink(kernel, path, file);
    }
  }

  @Override
  public String toString() {
    return "listener on " + path;
  }
}
