// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.FrameReceiver;
import org.dmabufheaps.unixfd.ReceivedFrame;
import org.osgi.service.log.Logger;

/** A connection to a {@code unixfdsink}: read by the loop, emptied by whoever receives. */
final class OpenReceiver implements FrameReceiver, PollLoop.Ready, PollLoop.Peers {
  /** Commands that are read at once, before others have their turn. */
  private static final int READS = 64;

  /** A peer that takes none of so many releases is not one that we can go on with. */
  private static final int MOST_RELEASES = 4096;

  private final PollLoop loop;
  private final FdSocket socket;
  private final AllocationService allocation;
  private final Logger log;
  private final String name;
  private final FrameQueue queue;
  private final LongAdder dropped = new LongAdder();

  // In the loop's thread.
  private final CommandReader reader = new CommandReader();
  private final ByteBuffer in = ByteBuffer.allocateDirect(Command.MAX_PAYLOAD);
  private final List<OwnedFd> fds = new ArrayList<>();
  private final Deque<ByteBuffer> releases = new ArrayDeque<>();
  private FdPoll.Watched watched;
  private String caps = "";
  private boolean gone;

  OpenReceiver(
      PollLoop loop,
      FdSocket socket,
      AllocationService allocation,
      Logger log,
      String name,
      int queueFrames) {
    this.loop = loop;
    this.socket = socket;
    this.allocation = allocation;
    this.log = log;
    this.name = name;
    queue = new FrameQueue(name, queueFrames);
  }

  void start() {
    loop.add(this);
    loop.execute(
        () -> {
          if (!gone) {
            watched = loop.poll().watch(socket, this);
            watched.want(true, false);
          }
        });
  }

  @Override
  public ReceivedFrame receive(long timeoutMillis) throws HeapException, InterruptedException {
    if (timeoutMillis < 0) {
      throw new IllegalArgumentException("a timeout of " + timeoutMillis + " ms");
    }
    WaitingFrame frame = queue.take(timeoutMillis);
    if (frame == null) {
      return null;
    }
    boolean done = false;
    try {
      ReceivedFrame imported = frame.imported(allocation, () -> giveBack(frame));
      done = true;
      return imported;
    } finally {
      frame.closeFds();
      if (!done) {
        giveBack(frame);
      }
    }
  }

  private void giveBack(WaitingFrame frame) {
    loop.execute(() -> release(frame));
  }

  @Override
  public long dropped() {
    return dropped.sum();
  }

  @Override
  public void ready() {
    try {
      int left = READS;
      while (left > 0 && !gone && read()) {
        left--;
      }
      flush();
    } catch (ProtocolException e) {
      log.warn("{} sent what is not of the protocol: {}", name, e.getMessage());
      leave(e.getMessage());
    } catch (IOException e) {
      leave(e.getMessage());
    } catch (BufferClosedException e) {
      leave("");
    }
  }

  /** Reads a part of a command; descriptors belong to the command whose bytes they come with. */
  private boolean read() throws IOException {
    in.clear().limit(reader.missing());
    List<OwnedFd> came = socket.tryReceive(in, Frame.MAX_MEMORIES);
    if (came == null) {
      leave(queue.hasEnded() ? "" : "the peer has gone");
      return false;
    }
    fds.addAll(came);
    if (in.position() == 0) {
      return false;
    }
    if (fds.size() > Frame.MAX_MEMORIES) {
      throw new ProtocolException(fds.size() + " descriptors with one command");
    }
    Command command = reader.take(in.flip());
    if (command != null) {
      List<OwnedFd> its = List.copyOf(fds);
      fds.clear();
      obey(command, its);
    }
    return true;
  }

  private void obey(Command command, List<OwnedFd> its) throws ProtocolException {
    boolean taken = false;
    try {
      switch (command.type()) {
        case Command.NEW_BUFFER -> {
          take(NewBuffer.of(command.payload()), its);
          taken = true;
        }
        case Command.CAPS -> caps = command.capsText();
        case Command.EOS -> queue.end("");
        case Command.RELEASE_BUFFER ->
            throw new ProtocolException("the sink sent command " + command.type());
        default -> log.debug("{} sent command {}", name, command.type());
      }
    } finally {
      if (!taken) {
        its.forEach(OwnedFd::close);
      }
    }
  }

  private void take(NewBuffer frame, List<OwnedFd> its) throws ProtocolException {
    if (its.size() != frame.memories().size()) {
      throw new ProtocolException(
          "a frame of "
              + frame.memories().size()
              + " memories with "
              + its.size()
              + " descriptors");
    }
    WaitingFrame tooMany = queue.add(new WaitingFrame(frame, its, caps, name));
    if (tooMany != null) {
      tooMany.closeFds();
      dropped.increment();
      release(tooMany);
    }
  }

  private void release(WaitingFrame frame) {
    if (gone) {
      return;
    }
    if (releases.size() >= MOST_RELEASES) {
      leave("the peer doesn't take frames back");
      return;
    }
    releases.add(Command.release(frame.id()));
    try {
      flush();
    } catch (IOException e) {
      // What the peer sent before it went is still to be read.
      releases.clear();
    } catch (BufferClosedException e) {
      leave("");
    }
  }

  private void flush() throws IOException {
    while (!gone && !releases.isEmpty()) {
      ByteBuffer first = releases.peek();
      if (socket.trySend(first) == 0) {
        break;
      }
      if (!first.hasRemaining()) {
        releases.remove();
      }
    }
    if (!gone && watched != null) {
      watched.want(true, !releases.isEmpty());
    }
  }

  private void leave(String why) {
    if (gone) {
      return;
    }
    gone = true;
    if (watched != null) {
      watched.close();
    }
    socket.close();
    fds.forEach(OwnedFd::close);
    fds.clear();
    releases.clear();
    queue.end(why);
    loop.remove(this);
  }

  @Override
  public void close() {
    queue.close();
    socket.close();
    loop.execute(() -> leave(""));
  }

  @Override
  public void end() {
    queue.close();
    leave("");
  }

  @Override
  public String toString() {
    return name;
  }
}
