// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/**
 * A descriptor with one owner and a count of its uses. {@code close(2)} comes when it was closed
 * and the last use has ended, so that no call ever meets a number that was given to another file.
 */
final class Fd implements OwnedFd {
  /** {@code F_DUPFD_CLOEXEC} of {@code include/uapi/linux/fcntl.h}. */
  private static final int F_DUPFD_CLOEXEC = 1030;

  /** Duplicates stay clear of standard input, output and error. */
  private static final int FIRST_FREE = 3;

  /** No {@code /proc}, a policy, or a size that takes more than 32 bits where words have these. */
  private static final List<Errno> NOT_ANEW =
      List.of(Errno.ENOENT, Errno.EACCES, Errno.EPERM, Errno.EOVERFLOW);

  /** Those that never left this bundle, by their numbers: a process has one table of them. */
  private static final Map<Integer, State> OWN = new ConcurrentHashMap<>();

  private final Kernel kernel;
  private final State state;
  private final Unclosed.Watched watched;

  private Fd(Kernel kernel, State state) {
    this.kernel = kernel;
    this.state = state;
    this.watched = kernel.unclosed().watch(this, state::close);
  }

  /**
   * Takes over a descriptor that a system call returned, for this bundle's use alone.
   *
   * @param number the result; a negative one is an error
   * @param what the call and its object, for messages
   */
  static Fd of(Kernel kernel, long number, String what) throws HeapException {
    Fd fd = given(kernel, number, what);
    OWN.put(fd.state.number, fd.state);
    return fd;
  }

  /** The same for a descriptor that is going to be a client's. */
  static Fd given(Kernel kernel, long number, String what) throws HeapException {
    Call.check(number, what);
    // Whose it was has been closed, though its closer may not have come to say so.
    OWN.remove((int) number);
    return new Fd(kernel, new State(kernel.sys()::close, (int) number));
  }

  /**
   * Tells whether a number is that of a descriptor which never left this bundle. Its memory is
   * somebody's who did not export it, and may be another's a moment later.
   */
  static boolean isOwn(int number) {
    return OWN.containsKey(number);
  }

  /** Duplicates a descriptor of somebody else's. */
  static Fd duplicate(Kernel kernel, int number, String what) throws HeapException {
    return of(kernel, Call.retry(() -> duplicate(kernel, number)), "duplicating " + what);
  }

  /** Duplicates this descriptor for a client. */
  Fd duplicate(String what) throws HeapException {
    return with(
        number ->
            given(kernel, Call.retry(() -> duplicate(kernel, number)), "duplicating " + what));
  }

  /**
   * Opens this descriptor's file anew, for a client: an open file of the client's own, whose offset
   * and flags are nobody else's, and which {@link References} counts. A duplicate where there is no
   * {@code /proc}, or a policy refuses.
   */
  Fd reopened(String what) throws HeapException {
    Fd opened = with(number -> given(kernel, openedOrDuplicated(number), "opening anew " + what));
    if (opened.state.number >= FIRST_FREE) {
      return opened;
    }
    try (opened) {
      return opened.duplicate(what);
    }
  }

  private long openedOrDuplicated(int number) {
    ByteBuffer path = Call.string("/proc/self/fd/" + number);
    long opened = Call.retry(() -> kernel.sys().open(path, Abi.O_RDWR | Abi.O_CLOEXEC));
    boolean refused = NOT_ANEW.stream().anyMatch(errno -> Call.is(errno, opened));
    return refused ? Call.retry(() -> duplicate(kernel, number)) : opened;
  }

  private static long duplicate(Kernel kernel, int number) {
    return kernel.sys().fcntl(number, F_DUPFD_CLOEXEC, FIRST_FREE);
  }

  /** A call on a descriptor that can't be closed meanwhile. */
  interface Use<T> {
    T on(int number) throws HeapException;
  }

  /** A call on a descriptor, with its result. */
  interface SystemCall {
    long on(int number);
  }

  /** Uses the descriptor. */
  <T> T with(Use<T> use) throws HeapException {
    int number = acquire();
    try {
      return use.on(number);
    } finally {
      release();
    }
  }

  /** Makes a system call on the descriptor, and retries it after a signal. */
  long call(SystemCall call) {
    int number = acquire();
    try {
      return Call.retry(() -> call.on(number));
    } finally {
      release();
    }
  }

  /**
   * Begins a use.
   *
   * @throws BufferClosedException when it is closed
   */
  int acquire() {
    if (!state.acquire()) {
      throw closed();
    }
    return state.number;
  }

  /** Ends a use. */
  void release() {
    state.release();
  }

  /** Sets what is done after {@code close(2)}; it must not refer to this object. */
  void afterClose(Runnable action) {
    state.afterClose = action;
  }

  @Override
  public int fd() {
    if (!isOpen()) {
      throw closed();
    }
    return state.number;
  }

  private BufferClosedException closed() {
    return new BufferClosedException("descriptor " + state.number + " is closed");
  }

  @Override
  public boolean isOpen() {
    return state.uses.get() >= 0;
  }

  @Override
  public void close() {
    if (watched.closed()) {
      state.close();
    }
  }

  @Override
  public String toString() {
    return "descriptor " + state.number + (isOpen() ? "" : ", closed");
  }

  /** The part that outlives the object when nobody closed it. */
  static final class State {
    private static final int CLOSED = Integer.MIN_VALUE;

    private final IntConsumer closing;
    private final int number;

    /** The uses that are going on, plus {@link #CLOSED}. */
    private final AtomicInteger uses = new AtomicInteger();

    private volatile Runnable afterClose = () -> {};

    State(IntConsumer closing, int number) {
      this.closing = closing;
      this.number = number;
    }

    boolean acquire() {
      return uses.getAndUpdate(n -> n < 0 ? n : n + 1) >= 0;
    }

    void release() {
      if (uses.decrementAndGet() == CLOSED) {
        closeNow();
      }
    }

    void close() {
      if (uses.getAndUpdate(n -> n | CLOSED) == 0) {
        closeNow();
      }
    }

    private void closeNow() {
      try {
        closing.accept(number);
      } finally {
        // Another file may have the number already, and be one of ours.
        OWN.remove(number, this);
        afterClose.run();
      }
    }
  }
}
