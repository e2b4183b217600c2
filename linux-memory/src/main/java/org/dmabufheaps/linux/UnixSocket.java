// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** A connected Unix stream socket ({@code unix(7)}). */
final class UnixSocket implements FdSocket {
  static final int SOL_SOCKET = 1;

  private static final int SHUT_RDWR = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  // struct ucred
  private static final int UCRED_BYTES = 12;

  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int[] NO_FDS = {};

  private final Kernel kernel;
  private final Fd fd;
  private final Peer peer;
  private final AtomicBoolean closed = new AtomicBoolean();

  private UnixSocket(Kernel kernel, Fd fd, Peer peer) {
    this.kernel = kernel;
    this.fd = fd;
    this.peer = peer;
  }

  /** Takes over a connected descriptor. */
  static UnixSocket of(Kernel kernel, Fd fd) throws HeapException {
    ByteBuffer ucred = Call.struct(UCRED_BYTES);
    ByteBuffer length = Call.struct(Integer.BYTES).putInt(0, UCRED_BYTES);
    Call.check(
        fd.call(
            n -> kernel.sys().getsockopt(n, SOL_SOCKET, kernel.abi().peerCred(), ucred, length)),
        "asking who the peer of a Unix socket is");
    return new UnixSocket(kernel, fd, new Peer(ucred.getInt(0), ucred.getInt(4), ucred.getInt(8)));
  }

  /** As {@link #of}; closes the descriptor when that fails. */
  static UnixSocket accepted(Kernel kernel, Fd fd) throws HeapException {
    boolean done = false;
    try {
      UnixSocket socket = of(kernel, fd);
      done = true;
      return socket;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public void send(ByteBuffer bytes, OwnedFd... fds) throws HeapException {
    checkSend(bytes, fds);
    kernel.tidy();
    fd.with(
        socket -> {
          sendWith(socket, MSG_NOSIGNAL, bytes, fds);
          Message message = new Message(kernel.sys(), 0);
          while (bytes.hasRemaining()) {
            sendOnce(socket, MSG_NOSIGNAL, message, bytes, NO_FDS);
          }
          return null;
        });
  }

  @Override
  public int trySend(ByteBuffer bytes, OwnedFd... fds) throws HeapException {
    checkSend(bytes, fds);
    kernel.tidy();
    return fd.with(socket -> sendWith(socket, MSG_NOSIGNAL | MSG_DONTWAIT, bytes, fds));
  }

  private static void checkSend(ByteBuffer bytes, OwnedFd... fds) {
    if (!bytes.hasRemaining() || fds.length > MAX_FDS) {
      throw new IllegalArgumentException(
          "sending " + bytes.remaining() + " bytes and " + fds.length + " descriptors");
    }
  }

  /** Sends the first bytes, with descriptors that can't be closed meanwhile. */
  private int sendWith(int socket, int flags, ByteBuffer bytes, OwnedFd... fds)
      throws HeapException {
    int[] numbers = new int[fds.length];
    int used = 0;
    try {
      for (; used < fds.length; used++) {
        numbers[used] = fds[used] instanceof Fd fd ? fd.acquire() : ofAnother(fds[used]);
      }
      return sendOnce(socket, flags, new Message(kernel.sys(), fds.length), bytes, numbers);
    } finally {
      for (int i = 0; i < used; i++) {
        if (fds[i] instanceof Fd fd) {
          fd.release();
        }
      }
    }
  }

  /** A heap may have descriptors of its own making; their numbers must not be ours. */
  private static int ofAnother(OwnedFd fd) throws HeapException {
    int number = fd.fd();
    if (Fd.isOwn(number)) {
      throw new HeapException(
          "sending descriptor " + number + ", which was exported to nobody", Errno.EPERM);
    }
    return number;
  }

  /** Returns how many bytes went; 0 when the call may not wait and would. */
  private int sendOnce(int socket, int flags, Message message, ByteBuffer bytes, int[] fds)
      throws HeapException {
    ByteBuffer chunk = bytes.slice();
    if (!chunk.isDirect()) {
      chunk.limit(Math.min(chunk.remaining(), CHUNK_BYTES));
      chunk = Call.struct(chunk.remaining()).put(chunk).flip();
    }
    ByteBuffer msghdr = message.toSend(chunk, fds);
    long sent;
    try {
      sent = Call.retry(() -> kernel.sys().sendmsg(socket, msghdr, flags));
    } finally {
      // The kernel follows pointers that the collector doesn't see.
      Reference.reachabilityFence(message);
    }
    if (closed.get()) {
      throw closedException();
    }
    if (Call.is(Errno.EAGAIN, sent) && (flags & MSG_DONTWAIT) != 0) {
      return 0;
    }
    Call.check(sent, "sending " + bytes.remaining() + " bytes and " + fds.length + " descriptors");
    bytes.position(bytes.position() + (int) sent);
    return (int) sent;
  }

  @Override
  public List<OwnedFd> receive(ByteBuffer into, int maxFds, long timeoutMillis)
      throws HeapException {
    checkReceive(into, maxFds);
    Poll poll = new Poll(timeoutMillis);
    return receive(into, maxFds, (socket, message, chunk) -> waitFor(socket, message, chunk, poll));
  }

  @Override
  public List<OwnedFd> tryReceive(ByteBuffer into, int maxFds) throws HeapException {
    checkReceive(into, maxFds);
    return receive(into, maxFds, this::receiveOnce);
  }

  private static void checkReceive(ByteBuffer into, int maxFds) {
    if (!into.hasRemaining() || maxFds < 0 || maxFds > MAX_FDS) {
      throw new IllegalArgumentException(
          "receiving " + into.remaining() + " bytes and " + maxFds + " descriptors");
    }
    if (into.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
  }

  /** Takes one message; returns how many bytes came, or {@code -EAGAIN}. */
  private interface Receive {
    long into(int socket, Message message, ByteBuffer chunk) throws HeapException;
  }

  private List<OwnedFd> receive(ByteBuffer into, int maxFds, Receive receive) throws HeapException {
    kernel.tidy();
    Message message = new Message(kernel.sys(), maxFds);
    ByteBuffer chunk =
        into.isDirect() ? into.slice() : Call.struct(Math.min(into.remaining(), CHUNK_BYTES));
    long count;
    try {
      count = fd.with(socket -> receive.into(socket, message, chunk));
    } finally {
      Reference.reachabilityFence(message);
    }
    if (Call.is(Errno.EAGAIN, count)) {
      return List.of();
    }
    List<OwnedFd> fds = adopt(message, maxFds);
    if (count == 0) {
      return null;
    }
    if (into.isDirect()) {
      into.position(into.position() + (int) count);
    } else {
      into.put(chunk.limit((int) count));
    }
    return fds;
  }

  private long waitFor(int socket, Message message, ByteBuffer chunk, Poll poll)
      throws HeapException {
    while (true) {
      poll.readable(kernel.sys(), socket, "receiving from process " + peer.pid());
      long count = receiveOnce(socket, message, chunk);
      // Another thread may have taken what was there.
      if (!Call.is(Errno.EAGAIN, count)) {
        return count;
      }
    }
  }

  private long receiveOnce(int socket, Message message, ByteBuffer chunk) throws HeapException {
    if (closed.get()) {
      throw closedException();
    }
    ByteBuffer msghdr = message.toReceive(chunk);
    int flags = MSG_CMSG_CLOEXEC | MSG_DONTWAIT;
    long count = Call.retry(() -> kernel.sys().recvmsg(socket, msghdr, flags));
    return Call.is(Errno.EAGAIN, count)
        ? count
        : Call.check(count, "receiving from process " + peer.pid());
  }

  /** Takes the descriptors that came; closes them all when they are not handed out. */
  private List<OwnedFd> adopt(Message message, int maxFds) throws HeapException {
    List<OwnedFd> fds = new ArrayList<>();
    for (int number : message.received()) {
      fds.add(Fd.given(kernel, number, "receiving a descriptor"));
    }
    if (!message.truncated() && !closed.get()) {
      return fds;
    }
    fds.forEach(OwnedFd::close);
    if (closed.get()) {
      throw closedException();
    }
    throw new HeapException(
        "receiving more than " + maxFds + " descriptors, or than this process may open",
        Errno.EMSGSIZE);
  }

  @Override
  public List<Integer> peerGroups() throws HeapException {
    return PeerGroups.of(kernel, fd);
  }

  /** The descriptor, for who waits on it. */
  Fd fd() {
    return fd;
  }

  private BufferClosedException closedException() {
    return new BufferClosedException("the socket to process " + peer.pid() + " is closed");
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      shutdown(kernel, fd);
      fd.close();
    }
  }

  /** Wakes who waits on a socket; what it returns does not matter, the socket is closed next. */
  static void shutdown(Kernel kernel, Fd fd) {
    fd.call(number -> kernel.sys().shutdown(number, SHUT_RDWR));
  }

  @Override
  public String toString() {
    return "socket to process " + peer.pid();
  }
}
