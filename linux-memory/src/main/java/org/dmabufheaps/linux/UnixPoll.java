// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;

/** Many sockets and the reading end of a pipe, which wakes, in one {@code poll(2)}. */
final class UnixPoll implements FdPoll {
  // poll(2)
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;
  private static final int POLLERR = 8;
  private static final int POLLHUP = 16;
  private static final int POLLFD_BYTES = 8;
  private static final int EVENTS = 4;
  private static final int REVENTS = 6;

  private static final int FOREVER = -1;
  private static final int FEW = 16;
  private static final int WAKES = 64;

  private final Kernel kernel;
  private final Fd wakeReads;
  private final Fd wakeWrites;
  private final ByteBuffer one = Call.struct(1);
  private final ByteBuffer drain = Call.struct(WAKES);
  private final Set<Entry> entries = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicBoolean waiting = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Only the thread that waits has these two in hand. */
  private ByteBuffer pollfds = Call.struct(FEW * POLLFD_BYTES);

  private final List<Entry> polled = new ArrayList<>();

  private UnixPoll(Kernel kernel, Fd wakeReads, Fd wakeWrites) {
    this.kernel = kernel;
    this.wakeReads = wakeReads;
    this.wakeWrites = wakeWrites;
  }

  static UnixPoll open(Kernel kernel) throws HeapException {
    ByteBuffer ends = Call.struct(2 * Integer.BYTES);
    int flags = Abi.O_CLOEXEC | Abi.O_NONBLOCK;
    Call.check(Call.retry(() -> kernel.sys().pipe2(ends, flags)), "making a pipe");
    Fd reads = Fd.of(kernel, ends.getInt(0), "a pipe");
    Fd writes = Fd.of(kernel, ends.getInt(Integer.BYTES), "a pipe");
    return new UnixPoll(kernel, reads, writes);
  }

  @Override
  public Watched watch(FdSocket socket, Object key) {
    if (socket instanceof UnixSocket unix) {
      return add(new Entry(unix.fd(), key));
    }
    throw new IllegalArgumentException("waiting for " + socket + ", which is not of this service");
  }

  @Override
  public Watched watch(FdListener listener, Object key) {
    if (listener instanceof UnixListener unix) {
      return add(new Entry(unix.fd(), key));
    }
    throw new IllegalArgumentException(
        "waiting for " + listener + ", which is not of this service");
  }

  private Entry add(Entry entry) {
    checkOpen();
    entries.add(entry);
    return entry;
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new BufferClosedException("the poll of sockets is closed");
    }
  }

  @Override
  public List<Watched> await(long timeoutMillis) throws HeapException {
    if (timeoutMillis < 0) {
      throw new IllegalArgumentException("a timeout of " + timeoutMillis + " ms");
    }
    if (!waiting.compareAndSet(false, true)) {
      throw new IllegalStateException("two threads wait for the same sockets");
    }
    try {
      kernel.tidy();
      checkOpen();
      List<Watched> ready = wakeReads.with(wake -> await(wake, timeoutMillis));
      checkOpen();
      return ready;
    } finally {
      waiting.set(false);
    }
  }

  /** Holds every descriptor while it waits, so that no number can be given to another file. */
  private List<Watched> await(int wake, long timeoutMillis) throws HeapException {
    List<Watched> ready = new ArrayList<>();
    try {
      hold(ready);
      fill(wake);
      poll(ready.isEmpty() ? timeoutMillis : -1);
      if (pollfds.getShort(REVENTS) != 0) {
        // Read first: who wakes in between is served, for this call returns; the other way round
        // its byte would be read and the mark stay, and nobody could wake any more.
        Call.retry(() -> kernel.sys().read(wake, drain, WAKES));
        awake.set(false);
      }
      for (int i = 0; i < polled.size(); i++) {
        int events = pollfds.getShort((i + 1) * POLLFD_BYTES + REVENTS);
        if (polled.get(i).found(events)) {
          ready.add(polled.get(i));
        }
      }
      return ready;
    } finally {
      polled.forEach(entry -> entry.fd.release());
      polled.clear();
    }
  }

  /** What was closed meanwhile is ready at once: whoever uses it is told. */
  private void hold(List<Watched> ready) {
    for (Entry entry : entries) {
      try {
        entry.number = entry.fd.acquire();
        polled.add(entry);
      } catch (BufferClosedException e) {
        entry.found(POLLHUP);
        ready.add(entry);
      }
    }
  }

  private void fill(int wake) {
    int needed = (polled.size() + 1) * POLLFD_BYTES;
    if (pollfds.capacity() < needed) {
      pollfds = Call.struct(2 * needed);
    }
    put(0, wake, POLLIN);
    for (int i = 0; i < polled.size(); i++) {
      Entry entry = polled.get(i);
      put((i + 1) * POLLFD_BYTES, entry.number, entry.events);
    }
  }

  private void put(int at, int fd, int events) {
    pollfds.putInt(at, fd).putShort(at + EVENTS, (short) events).putShort(at + REVENTS, (short) 0);
  }

  /** Waits; 0 is without limit, less than that not at all. */
  private void poll(long timeoutMillis) throws HeapException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, timeoutMillis));
    long result =
        Call.retry(
            () -> {
              int millis = timeoutMillis == 0 ? FOREVER : millisUntil(end);
              return kernel.sys().poll(pollfds, polled.size() + 1, millis);
            });
    Call.check(result, "waiting for " + polled.size() + " sockets");
  }

  private static int millisUntil(long end) {
    long nanos = end - System.nanoTime();
    return nanos <= 0
        ? 0
        : (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }

  @Override
  public void wake() {
    // One byte in the pipe is enough, however many want to wake.
    if (awake.compareAndSet(false, true)) {
      try {
        wakeWrites.call(n -> kernel.sys().write(n, one, 1));
      } catch (BufferClosedException e) {
        // Nobody is to be woken any more.
      }
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      wakeWrites.close();
      wakeReads.close();
      entries.clear();
    }
  }

  @Override
  public String toString() {
    return "poll of " + entries.size() + " sockets";
  }

  private final class Entry implements Watched {
    private final Fd fd;
    private final Object key;

    /** While the descriptor is held. */
    private int number;

    private volatile int events;
    private volatile int found;

    Entry(Fd fd, Object key) {
      this.fd = fd;
      this.key = key;
    }

    /** Notes what poll found; tells whether it is anything. */
    boolean found(int revents) {
      found = revents;
      return revents != 0;
    }

    @Override
    public Object key() {
      return key;
    }

    @Override
    public void want(boolean read, boolean write) {
      events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
    }

    @Override
    public boolean readable() {
      return (found & (POLLIN | POLLERR | POLLHUP)) != 0;
    }

    @Override
    public boolean writable() {
      return (found & (POLLOUT | POLLERR | POLLHUP)) != 0;
    }

    @Override
    public boolean hungUp() {
      return (found & (POLLERR | POLLHUP)) != 0;
    }

    @Override
    public void close() {
      entries.remove(this);
    }
  }
}
