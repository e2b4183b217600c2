// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.unixfd.Delivery;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.FrameStream;
import org.dmabufheaps.unixfd.StreamOptions;
import org.dmabufheaps.unixfd.StreamStats;
import org.osgi.service.log.Logger;

/** A listening socket and its clients. */
final class OpenStream implements FrameStream, PollLoop.Ready, PollLoop.Peers, Client.ClientFrames {
  /** Frames that the loop has not come to: it serves peers that never make it wait. */
  private static final int INBOX = 64;

  private static final long LEAVE_MILLIS = 2_000;
  private static final long NO_DESCRIPTOR_MILLIS = 1_000;
  private static final int ACCEPTS = 16;

  private final PollLoop loop;
  private final FdListener listener;
  private final StreamOptions options;
  private final FrameMaker maker;
  private final Logger log;
  private final String name;
  private final StreamCounts counts = new StreamCounts();
  private final Queue<SharedFrame> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicInteger inInbox = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile ByteBuffer caps;

  /** In the loop's thread, as all that it does with clients. */
  private final Set<Client> clients = new LinkedHashSet<>();

  private FdPoll.Watched watched;

  OpenStream(
      PollLoop loop,
      FdListener listener,
      StreamOptions options,
      ByteBuffer caps,
      FrameMaker maker,
      Logger log,
      String name) {
    this.loop = loop;
    this.listener = listener;
    this.options = options;
    this.caps = caps;
    this.maker = maker;
    this.log = log;
    this.name = name;
  }

  /** Begins to let clients in. */
  void start() {
    loop.add(this);
    loop.execute(
        () -> {
          watched = loop.poll().watch(listener, this);
          watched.want(true, false);
        });
  }

  @Override
  public CompletionStage<Delivery> publish(Frame frame) throws HeapException {
    checkOpen();
    SharedFrame shared = maker.make(frame, caps, counts::back);
    counts.published();
    inbox.add(shared);
    if (inInbox.incrementAndGet() > INBOX) {
      takeFromInbox(this::passAllBy);
    }
    loop.execute(this::handRound);
    if (loop.hasEnded() || closed.get()) {
      emptyInbox();
    }
    return shared.back().minimalCompletionStage();
  }

  private interface Use {
    void of(SharedFrame frame);
  }

  /** Takes the oldest, if there is one: two threads never take the same. */
  private boolean takeFromInbox(Use use) {
    SharedFrame frame = inbox.poll();
    if (frame == null) {
      return false;
    }
    inInbox.decrementAndGet();
    use.of(frame);
    return true;
  }

  private void passAllBy(SharedFrame frame) {
    counts.dropped();
    frame.forgotten();
  }

  private void handRound() {
    boolean more = true;
    while (more) {
      more = takeFromInbox(this::handRound);
    }
  }

  private void handRound(SharedFrame frame) {
    List.copyOf(clients).forEach(client -> client.offer(frame));
    frame.forgotten();
  }

  private void emptyInbox() {
    boolean more = true;
    while (more) {
      more = takeFromInbox(SharedFrame::forgotten);
    }
  }

  @Override
  public void caps(String text) {
    ByteBuffer command = Command.caps(text);
    checkOpen();
    caps = command;
    loop.execute(() -> List.copyOf(clients).forEach(Client::flush));
  }

  private void checkOpen() {
    if (closed.get() || loop.hasEnded()) {
      throw new BufferClosedException("the stream " + name + " is closed");
    }
  }

  @Override
  public StreamStats stats() {
    return counts.now();
  }

  /** Somebody wants to connect. */
  @Override
  public void ready() {
    try {
      for (int i = 0; i < ACCEPTS; i++) {
        FdSocket socket = listener.tryAccept();
        if (socket == null) {
          return;
        }
        letIn(socket);
      }
    } catch (HeapException e) {
      log.warn("stream {} lets nobody in for a second: {}", name, e.getMessage());
      watched.want(false, false);
      loop.after(NO_DESCRIPTOR_MILLIS, () -> watched.want(true, false));
    } catch (BufferClosedException e) {
      watched.close();
    }
  }

  private void letIn(FdSocket socket) {
    if (clients.size() >= options.clients() || closed.get()) {
      log.warn("stream {} has {} clients and sends one away", name, clients.size());
      counts.refused();
      socket.close();
      return;
    }
    Client client = new Client(socket, loop.poll(), this, options);
    clients.add(client);
    counts.connected(clients.size());
    client.flush();
  }

  @Override
  public ByteBuffer caps() {
    return caps;
  }

  @Override
  public void countSent() {
    counts.sent();
  }

  @Override
  public void countDropped() {
    counts.dropped();
  }

  @Override
  public void gone(Client client, String why) {
    clients.remove(client);
    counts.clients(clients.size());
    if (!why.isEmpty()) {
      counts.refused();
      log.warn("stream {} cuts off {}: {}", name, client, why);
    }
    if (closed.get() && clients.isEmpty()) {
      loop.remove(this);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      listener.close();
      loop.execute(this::finish);
      if (loop.hasEnded()) {
        emptyInbox();
      }
    }
  }

  private void finish() {
    watched.close();
    handRound();
    List.copyOf(clients).forEach(Client::finish);
    if (clients.isEmpty()) {
      loop.remove(this);
    } else {
      loop.after(LEAVE_MILLIS, this::end);
    }
  }

  @Override
  public void end() {
    closed.set(true);
    listener.close();
    List<Client> all = List.copyOf(clients);
    all.forEach(Client::finish);
    all.forEach(client -> client.leave(""));
    emptyInbox();
    loop.remove(this);
  }

  @Override
  public String toString() {
    return "stream " + name;
  }
}
